"""Removal of noise from a recording, measured by its mel."""

import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.audio.denoise import denoise
from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Config
from xtts_jax.text import espeak

RATE = 22050


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    """Two sentences with pauses, like a recording, and faint room noise."""
    parts = [
        espeak.synthesize(text, "en-us+f2")[0] for text in ("The morning train is late.", "The tea is warm.")
    ]
    pause = np.zeros(RATE // 3)
    sound = np.concatenate([pause, parts[0], pause, parts[1], pause])
    sound = 0.5 * sound / np.abs(sound).max()
    return (sound + np.random.default_rng(1).normal(0, 1e-4, len(sound))).astype(np.float32)


def distance(one: np.ndarray, other: np.ndarray, config: Config, depth: float = np.inf) -> float:
    """Mean absolute difference of mels, in nats, where `other` is within `depth` of its peak."""
    samples = len(one) // config.audio.hop_length * config.audio.hop_length
    both = jnp.asarray(np.stack([one[:samples], other[:samples]]))
    mel = np.asarray(log_mel(both, config.audio))
    return float(np.abs(mel[0] - mel[1])[mel[1] > mel[1].max() - depth].mean())


@pytest.mark.parametrize("snr_db", [10, 20])
def test_a_noisy_recording_comes_closer_to_the_clean_one(
    clean: np.ndarray, tiny_config: Config, snr_db: float
) -> None:
    noise = np.random.default_rng(0).standard_normal(len(clean)).astype(np.float32)
    noisy = clean + noise * np.float32(np.sqrt(np.mean(clean**2) / 10 ** (snr_db / 10)))
    denoised = denoise(noisy, RATE)
    assert denoised.shape == noisy.shape and denoised.dtype == np.float32
    assert distance(denoised, clean, tiny_config) < 0.7 * distance(noisy, clean, tiny_config)


def test_a_clean_recording_hardly_changes(clean: np.ndarray, tiny_config: Config) -> None:
    audible = 50 / 20 * np.log(10)  # room noise below it may be removed
    assert distance(denoise(clean, RATE), clean, tiny_config, audible) < 0.1
    quieter = denoise(clean, RATE) - clean
    assert np.mean(quieter**2) < 1e-3 * np.mean(clean**2)


def test_the_shortest_clips_and_silence_work(clean: np.ndarray) -> None:
    for length in (0, 1, RATE // 10, RATE // 8):
        assert len(denoise(clean[:length], RATE)) == length
    assert len(denoise(clean[: RATE // 2], RATE)) == RATE // 2
    assert not denoise(np.zeros(RATE, np.float32), RATE).any()
