"""The upper part of a mel that a narrow recording lacks."""

import numpy as np
import pytest

from xtts_jax.config import Config
from xtts_jax.speak.narrow_band import bins_below, is_narrow, widened


def mels(frames: int, seed: int) -> np.ndarray:
    """(t, 80) whose upper half is a linear function of the lower, with a little noise."""
    random, weights = np.random.default_rng(seed), np.random.default_rng(0).normal(size=(40, 40)) / 6
    below = random.normal(size=(frames, 40))
    return np.concatenate([below, below @ weights + 0.5 + 0.01 * random.normal(size=(frames, 40))], axis=1)


def test_upper_bins_follow_from_the_lower_as_in_the_examples() -> None:
    whole = mels(200, seed=3)
    narrow = np.concatenate([whole[:, :40], np.full((200, 40), -3.0)], axis=1)
    guessed = widened(narrow, 40, [mels(2000, seed=1), mels(500, seed=2)])
    np.testing.assert_array_equal(guessed[:, :40], whole[:, :40])
    assert np.abs(guessed - whole).max() < 0.1


def test_frames_without_examples_of_their_kind_stay_finite() -> None:
    assert np.isfinite(widened(mels(5, 0), 79, [np.zeros((3, 80))])).all()


@pytest.mark.parametrize(
    ("band_hz", "bins", "narrow"), [(4000, 60, True), (5500, 68, True), (8000, 78, False), (50, 1, True)]
)
def test_bins_of_a_band(tiny_config: Config, band_hz: float, bins: int, narrow: bool) -> None:
    assert abs(bins_below(band_hz, tiny_config.audio) - bins) <= 1
    assert is_narrow(band_hz, tiny_config.audio) == narrow
