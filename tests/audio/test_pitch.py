from dataclasses import replace

import librosa
import numpy as np
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio import io
from xtts_jax.audio.pitch import errors, log_f0

SETTINGS = configuration.build(base.get_config()).audio
INNER = slice(6, -6)  # frames whose window is inside the sound


def harmonics(hz: np.ndarray, count: int) -> np.ndarray:
    """A sound whose fundamental is hz at every sample."""
    phase = 2 * np.pi * np.cumsum(hz) / SETTINGS.sample_rate
    return sum(np.sin(k * phase) / k for k in range(1, count + 1)).astype(np.float32) * 0.1


def at_frame_centers(per_sample: np.ndarray) -> np.ndarray:
    frames = len(per_sample) // SETTINGS.hop_length
    return per_sample[np.arange(frames) * SETTINGS.hop_length + SETTINGS.hop_length // 2]


def assert_follows(audio: np.ndarray, hz: np.ndarray) -> None:
    found, voiced = log_f0(audio, SETTINGS)
    assert voiced[INNER].all()
    np.testing.assert_allclose(np.exp(found[INNER]), at_frame_centers(hz)[INNER], rtol=0.01)


@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("hz", [75.0, 110.0, 220.0, 333.3, 450.0])
def test_steady_sounds_are_found_within_one_percent(hz, count):
    constant = np.full(22050, hz)
    assert_follows(harmonics(constant, count), constant)


@pytest.mark.parametrize(("low", "high"), [(90, 180), (400, 200)])
def test_a_glide_is_followed_within_one_percent_at_the_frame_centers(low, high):
    hz = np.geomspace(low, high, 22050)
    assert_follows(harmonics(hz, 10), hz)


def test_frames_are_centered_within_a_quarter_of_a_hop():
    rise = np.log(2) / 11025  # an octave in half a second, per sample
    hz = 120 * np.exp(rise * np.arange(11025))
    ahead = log_f0(harmonics(hz, 10), SETTINGS)[0][INNER] - np.log(at_frame_centers(hz)[INNER])
    assert abs(ahead.mean() / rise) < SETTINGS.hop_length / 4


def test_a_missing_fundamental_is_found():
    hz = np.full(22050, 150.0)
    phase = 2 * np.pi * np.cumsum(hz) / SETTINGS.sample_rate
    assert_follows(0.1 * sum(np.sin(k * phase) for k in range(2, 8)).astype(np.float32), hz)


def test_noise_20_db_below_the_voice_causes_no_octave_errors():
    hz = np.full(22050, 130.0)
    audio = harmonics(hz, 12)
    noise = np.random.default_rng(0).normal(size=audio.size) * audio.std() * 0.1
    assert_follows((audio + noise).astype(np.float32), hz)


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_silence_is_unvoiced(level):
    found, voiced = log_f0(level * harmonics(np.full(22050, 150.0), 5), SETTINGS)
    assert not voiced.any()
    assert not found.any()


def test_white_noise_is_unvoiced():
    noise = np.random.default_rng(0).normal(size=44100).astype(np.float32) * 0.1
    assert log_f0(noise, SETTINGS)[1].mean() < 0.02


def test_only_the_voice_between_silences_is_voiced():
    audio = harmonics(np.full(40 * 256, 200.0), 10)
    silence = np.zeros(40 * 256, np.float32)
    _, voiced = log_f0(np.concatenate([silence, audio, silence]), SETTINGS)
    assert voiced[43:77].all()
    assert not voiced[:37].any()
    assert not voiced[83:].any()


@pytest.mark.parametrize("samples", [0, 100, 256, 1000, 5119, 5120])
def test_there_is_a_value_for_every_whole_hop(samples):
    found, voiced = log_f0(np.zeros(samples, np.float32), SETTINGS)
    assert found.shape == voiced.shape == (samples // 256,)
    assert found.dtype == np.float32
    assert voiced.dtype == bool


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_any_sample_rate_works(rate):
    seconds = np.arange(rate) / rate
    audio = sum(np.sin(2 * np.pi * 210 * k * seconds) / k for k in range(1, 8)).astype(np.float32) * 0.1
    found, voiced = log_f0(audio, replace(SETTINGS, sample_rate=rate, fmax=4000.0))
    assert voiced[INNER].all()
    np.testing.assert_allclose(np.exp(found[INNER]), 210, rtol=0.01)


@pytest.mark.parametrize("clip", ["kathleen/wavs/arctic_a0001.flac", "vctk3/wavs/p226_003.flac"])
def test_recordings_agree_with_pyin(shared, clip):
    audio = io.load(shared / "data" / clip, SETTINGS.sample_rate)[: 3 * SETTINGS.sample_rate]
    found, voiced = log_f0(audio, SETTINGS)
    theirs, their_voiced, _ = librosa.pyin(
        np.pad(audio, 384, mode="reflect"),
        sr=SETTINGS.sample_rate,
        fmin=SETTINGS.f0_min,
        fmax=SETTINGS.f0_max,
        frame_length=1024,
        hop_length=256,
        center=False,
    )
    both = voiced & their_voiced
    gross = np.abs(found[both] - np.log(theirs[both])) > np.log(1.2)
    assert both.sum() > 50
    assert gross.mean() < 0.05
    assert (voiced == their_voiced).mean() > 0.85


def test_errors_are_over_frames_voiced_in_both_and_in_one():
    ours = (np.array([5.0, 5.3, 0.0, 5.0]), np.array([True, True, False, True]))
    theirs = (np.array([5.0, 5.0, 5.0, 0.0]), np.array([True, True, True, False]))
    assert errors([ours], [theirs]) == pytest.approx((np.sqrt(0.09 / 2), 0.5))
    assert np.isnan(errors([ours], [(theirs[0], np.zeros(4, bool))])[0])
