import jax
import jax.numpy as jnp
import librosa
import numpy as np
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio import io
from xtts_jax.audio.griffin_lim import griffin_lim, mel_to_magnitude, retrieve_phase
from xtts_jax.audio.mel import log_mel, mel_filters
from xtts_jax.audio.stft import stft

SETTINGS = configuration.build(base.get_config()).audio


@pytest.fixture(scope="module")
def voice() -> jax.Array:
    """A gliding vowel over breath noise, (1, 32768)."""
    seconds = np.arange(128 * 256) / SETTINGS.sample_rate
    phase = 2 * np.pi * np.cumsum(180 + 60 * np.sin(4 * seconds)) / SETTINGS.sample_rate
    tone = sum(np.sin(k * phase) / k for k in range(1, 25))
    breath = np.random.default_rng(0).normal(size=len(seconds))
    return jnp.asarray(0.1 * tone + 0.005 * breath, jnp.float32)[None]


def spectral_convergence(audio: np.ndarray, magnitude: jax.Array) -> float:
    found = np.abs(stft(jnp.asarray(audio, jnp.float32)[None], SETTINGS)[0])
    return float(np.linalg.norm(found - magnitude) / np.linalg.norm(magnitude))


def copied_mel_l1(audio: jax.Array, iterations: int) -> float:
    mel = log_mel(audio, SETTINGS)
    copy = griffin_lim(mel, SETTINGS, iterations, jax.random.key(0))
    assert copy.shape == (audio.shape[0], mel.shape[1] * SETTINGS.hop_length)
    return float(jnp.abs(log_mel(copy, SETTINGS) - mel).mean())


def test_magnitudes_are_non_negative_and_have_the_given_mel(voice):
    mel = log_mel(voice, SETTINGS)
    magnitude = np.asarray(jax.jit(mel_to_magnitude, static_argnames="settings")(mel, SETTINGS))
    assert (magnitude >= 0).all()
    error = np.abs(np.log(magnitude @ mel_filters(SETTINGS).T) - mel)
    assert error.mean() < 1e-3
    assert error.max() < 0.1


def test_phases_of_fixed_magnitudes_are_no_worse_than_librosas(voice):
    magnitude = jnp.abs(stft(voice, SETTINGS))
    retrieve = jax.jit(lambda held, key: retrieve_phase(held, lambda _: held, SETTINGS, 60, key))
    ours = np.asarray(retrieve(magnitude, jax.random.key(0))[0])
    theirs = librosa.griffinlim(
        np.asarray(magnitude[0]).T,
        n_iter=60,
        hop_length=256,
        n_fft=1024,
        momentum=0.99,
        center=False,
        random_state=0,
    )[384:-384]
    assert spectral_convergence(ours, magnitude[0]) <= spectral_convergence(theirs, magnitude[0])


def test_the_mel_survives_a_round_trip_through_the_waveform(voice):
    assert copied_mel_l1(voice, 60) < 0.05


def test_the_mel_of_a_recording_survives_a_round_trip_through_the_waveform(shared):
    audio = io.load(shared / "data/kathleen/wavs/arctic_a0001.flac", SETTINGS.sample_rate)
    assert copied_mel_l1(jnp.asarray(audio)[None, : 128 * 256], 60) < 0.045


def test_more_iterations_come_closer(voice):
    assert copied_mel_l1(voice, 60) < copied_mel_l1(voice, 5)


def test_silence_stays_silent():
    mel = jnp.full((1, 128, SETTINGS.n_mels), np.log(1e-5), jnp.float32)
    audio = griffin_lim(mel, SETTINGS, 60, jax.random.key(0))
    assert jnp.abs(audio).max() < 1e-3
