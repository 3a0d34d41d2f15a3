"""Clipping and narrow bands, measured on made-up voices."""

import numpy as np
import pytest
from made_up_voices import RATE, made_up

from xtts_jax.audio.faults import bandwidth_hz, clipped
from xtts_jax.audio.io import resample


def hiss(seconds: float) -> np.ndarray:
    """As fricatives are: what a voice has above its harmonics."""
    return 0.01 * np.random.default_rng(0).normal(size=round(seconds * RATE))


def through(audio: np.ndarray, rate: int, bits: int) -> np.ndarray:
    """As a file of another rate, read at the usual one."""
    steps = 2 ** (bits - 1)
    narrow = np.round(resample(audio, RATE, rate) * steps) / steps
    return resample(narrow, rate, RATE)


@pytest.mark.parametrize(("rate", "bits"), [(8000, 16), (8000, 8), (11025, 8), (16000, 16), (22050, 16)])
def test_band_is_that_of_the_rate_before(rate: int, bits: int) -> None:
    voice = made_up(3, 0, 3.0) + hiss(3.0)
    assert bandwidth_hz(through(voice, rate, bits), RATE) == pytest.approx(rate / 2, rel=0.06)


def test_silence_has_no_band() -> None:
    assert bandwidth_hz(np.zeros(RATE, np.float32), RATE) == 0
    assert bandwidth_hz(np.zeros(10, np.float32), RATE) == 0


def test_samples_are_clipped_where_several_in_a_row_are_at_full_scale() -> None:
    assert clipped(np.array([0, 1, 1, 0.5, -1, -1, -1, 0, 1, 1, 1, 1])) == 7
    assert clipped(np.zeros(0)) == 0


@pytest.mark.parametrize("peak", [0.5, 1.2, 2.0])
def test_floats_beyond_full_scale_are_clipped_only_where_they_were_cut(peak: float) -> None:
    voice = made_up(3, 0, 2.0)
    whole = peak * voice / np.abs(voice).max()
    assert clipped(whole) < 10
    if peak >= 1:
        assert clipped(peak * np.clip(whole / peak * 3, -1, 1)) > 100
