import jax
import jax.numpy as jnp
import librosa
import numpy as np
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio import io
from xtts_jax.audio.mel import MEL_FLOOR, energy, log_mel

SETTINGS = configuration.build(base.get_config()).audio


measure = jax.jit(log_mel, static_argnames="settings")
gradient_of_sum = jax.jit(jax.grad(lambda audio: log_mel(audio, SETTINGS).sum()))


def librosa_log_mel(audio: np.ndarray) -> np.ndarray:
    mel = librosa.feature.melspectrogram(
        y=np.pad(audio, 384, mode="reflect"),
        sr=22050,
        n_fft=1024,
        hop_length=256,
        win_length=1024,
        center=False,
        power=1,
        n_mels=80,
        fmin=0,
        fmax=8000,
    )
    return np.log(np.maximum(mel, MEL_FLOOR)).T


def speech_like(samples: int) -> np.ndarray:
    """Bursts of gliding harmonics over breath noise, separated by silence."""
    seconds = np.arange(samples) / SETTINGS.sample_rate
    phase = 2 * np.pi * np.cumsum(140 + 40 * np.sin(5 * seconds)) / SETTINGS.sample_rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 30))
    breath = np.random.default_rng(0).normal(size=samples)
    return ((voice * 0.1 + breath * 1e-3) * (np.sin(9 * seconds) > -0.3)).astype(np.float32)


def test_log_mel_equals_librosa_on_speech_like_sound():
    audio = speech_like(30_000)
    np.testing.assert_allclose(
        measure(jnp.asarray(audio)[None], SETTINGS)[0], librosa_log_mel(audio), atol=1e-4
    )


@pytest.mark.parametrize("clip", ["kathleen/wavs/arctic_a0001.flac", "vctk3/wavs/p227_003.flac"])
def test_log_mel_equals_librosa_on_recordings(shared, clip):
    audio = io.load(shared / "data" / clip, SETTINGS.sample_rate)
    np.testing.assert_allclose(
        measure(jnp.asarray(audio)[None], SETTINGS)[0], librosa_log_mel(audio), atol=1e-4
    )


def test_silence_is_the_floor_and_has_a_finite_gradient():
    silence = jnp.zeros((1, 8192))
    np.testing.assert_allclose(measure(silence, SETTINGS), np.log(MEL_FLOOR), rtol=1e-6)
    gradient = gradient_of_sum(silence)
    assert jnp.isfinite(gradient).all()


def test_half_a_clip_of_silence_leaves_gradients_finite():
    audio = jnp.asarray(speech_like(8192))[None].at[:, 4096:].set(0)
    gradient = gradient_of_sum(audio)
    assert jnp.isfinite(gradient).all()
    assert (jnp.abs(gradient[:, :3000]) > 0).any()


def test_twice_the_amplitude_adds_ln_2_to_the_energy():
    audio = jax.random.normal(jax.random.key(0), (1, 8192)) * 0.1
    rise = energy(measure(2 * audio, SETTINGS)) - energy(measure(audio, SETTINGS))
    np.testing.assert_allclose(rise, np.log(2), atol=1e-4)


def test_energy_is_the_log_norm_of_the_magnitudes():
    mel = jax.random.normal(jax.random.key(1), (2, 5, 80)) - 5
    np.testing.assert_allclose(energy(mel), np.log(np.linalg.norm(np.exp(mel), axis=-1)), atol=1e-5)
