"""Refinement of waveforms to match a mel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio import refine as module
from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.refine import band_gains, refine
from xtts_jax.audio.stft import stft

AUDIO = configuration.build(base.get_config()).audio
SAMPLES = 60 * AUDIO.hop_length


def voice(seed: int) -> jax.Array:
    """A gliding harmonic tone with a little noise."""
    time = np.arange(SAMPLES) / AUDIO.sample_rate
    phase = 2 * np.pi * np.cumsum(150 + 60 * time) / AUDIO.sample_rate
    tones = sum(np.sin(k * phase) / k for k in range(1, 60))
    noise = np.random.default_rng(seed).normal(0, 0.05, SAMPLES)
    return jnp.asarray(0.1 * (tones + noise)[None], jnp.float32)


def error(audio: jax.Array, mel: jax.Array) -> float:
    return float(jnp.abs(log_mel(audio, AUDIO) - mel).mean())


@pytest.mark.parametrize("passes", [1, 3])
def test_every_pass_brings_the_mel_closer(passes: int) -> None:
    mel, guess = log_mel(voice(0), AUDIO), voice(1) * jnp.linspace(0.3, 1.5, SAMPLES)[None]
    before = error(refine(guess, mel, AUDIO, passes - 1), mel)
    assert error(refine(guess, mel, AUDIO, passes), mel) < 0.9 * before
    assert error(guess, mel) > 0.3


def test_a_waveform_with_the_right_mel_is_left_alone() -> None:
    audio = voice(0)
    np.testing.assert_allclose(refine(audio, log_mel(audio, AUDIO), AUDIO, 2), audio, atol=1e-4)
    np.testing.assert_array_equal(refine(audio, log_mel(voice(1), AUDIO), AUDIO, 0), audio)


def test_bins_outside_all_filters_follow_their_neighbors() -> None:
    magnitude = jnp.abs(stft(voice(0), AUDIO))
    gains = np.asarray(band_gains(magnitude, log_mel(voice(0), AUDIO) + jnp.log(2.0), AUDIO))
    np.testing.assert_allclose(gains, 2, rtol=1e-3)


def test_blocks_of_bins_give_the_gains_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    magnitude, mel = jnp.abs(stft(voice(0), AUDIO)), log_mel(voice(1), AUDIO)
    by_blocks = band_gains(magnitude, mel, AUDIO)
    assert module.CPU_BLOCKS > 1 and np.ptp(by_blocks) > 1
    monkeypatch.setattr(module, "CPU_BLOCKS", 1)
    np.testing.assert_allclose(by_blocks, band_gains(magnitude, mel, AUDIO), rtol=1e-4)


def test_silence_neither_divides_by_zero_nor_stops_the_gradient() -> None:
    mel = log_mel(voice(0), AUDIO)

    def loudness(audio: jax.Array) -> jax.Array:
        return jnp.abs(refine(audio, mel, AUDIO, 2)).mean()

    for audio in (jnp.zeros((1, SAMPLES)), voice(1)):
        value, slope = jax.jit(jax.value_and_grad(loudness))(audio)
        assert jnp.isfinite(value) and jnp.isfinite(slope).all()
    assert jnp.abs(slope).max() > 0
