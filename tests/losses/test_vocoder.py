"""The terms compared with numpy, librosa and values worked out by hand."""

import jax
import jax.numpy as jnp
import librosa
import numpy as np
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.losses import vocoder as losses

AUDIO = configuration.build(base.get_config()).audio
N_FFTS = (256, 512)


def noise(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape) * 0.1, jnp.float32)


@jax.jit
def spectral(ours: jax.Array, theirs: jax.Array) -> losses.Spectral:
    return losses.spectral(ours, theirs, losses.recorded_norms(theirs, N_FFTS, AUDIO), N_FFTS, AUDIO)


@jax.jit
def mel(ours: jax.Array, theirs: jax.Array) -> jax.Array:
    return losses.mel(ours, theirs, AUDIO)


def by_librosa(wave: jax.Array, n_fft: int) -> np.ndarray:
    pad = (n_fft - n_fft // 4) // 2
    padded = np.pad(np.asarray(wave, np.float64), pad, mode="reflect")
    spectrum = librosa.stft(padded, n_fft=n_fft, hop_length=n_fft // 4, center=False)
    return np.abs(spectrum) / np.sqrt(n_fft * 3 / 8)


def test_spectral_terms_match_the_paper_with_librosas_magnitudes() -> None:
    ours, theirs = noise(2, 4096), noise(2, 4096, seed=1) * jnp.asarray([[1.0], [3.0]])
    convergence, logs = [], []
    for n_fft in N_FFTS:
        pairs = [(by_librosa(a, n_fft), by_librosa(b, n_fft)) for a, b in zip(ours, theirs, strict=True)]
        errors = [np.linalg.norm(a - b) for a, b in pairs]
        convergence.append(sum(errors) / sum(np.linalg.norm(b) for _, b in pairs))
        logs.append(np.mean([np.abs(np.log(a) - np.log(b)).mean() for a, b in pairs]))
    result = spectral(ours, theirs)
    assert result.convergence == pytest.approx(np.mean(convergence), rel=1e-4)
    assert result.log_magnitude == pytest.approx(np.mean(logs), rel=1e-3)


def test_doubling_a_wave_gives_an_error_of_its_norm_and_of_log_two() -> None:
    wave = noise(2, 4096)
    result = spectral(2 * wave, wave)
    assert result.convergence == pytest.approx(1, rel=1e-4)
    assert result.log_magnitude == pytest.approx(np.log(2), rel=1e-4)
    assert mel(2 * wave, wave) == pytest.approx(np.log(2), rel=1e-4)


def test_reconstruction_terms_are_zero_for_equal_waves_and_grow_without_bound() -> None:
    wave = noise(2, 4096)
    assert mel(wave, wave) == 0
    np.testing.assert_allclose(jnp.stack(spectral(wave, wave)), 0, atol=1e-6)
    factors = (1e2, 1e4, 1e6)
    assert [float(mel(f * wave, wave)) for f in factors] == pytest.approx(np.log(factors), rel=1e-3)
    assert [float(spectral(f * wave, wave).convergence) for f in factors] == pytest.approx(
        np.array(factors) - 1, rel=1e-3
    )
    for term in (mel, lambda ours, theirs: sum(spectral(ours, theirs))):
        slope = jax.grad(lambda factor, term=term: term(factor * wave, wave))(1e6)
        assert slope > 5e-7, "the slope of the logarithm, not of a clipped loss"


@pytest.mark.parametrize("silent", ["generated", "recorded", "both"])
def test_silence_has_a_finite_loss_and_slope(silent: str) -> None:
    wave = noise(2, 4096)
    quiet = wave.at[0].set(0.0)
    ours, theirs = quiet if silent != "recorded" else wave, quiet if silent != "generated" else wave

    def total(ours: jax.Array) -> jax.Array:
        return mel(ours, theirs) + sum(spectral(ours, theirs))

    value, slope = jax.jit(jax.value_and_grad(total))(ours)
    assert np.isfinite(value) and np.isfinite(slope).all()
