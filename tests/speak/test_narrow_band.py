"""The ends of a mel that a narrow recording lacks."""

import numpy as np
import pytest

from xtts_jax.config import Config
from xtts_jax.speak.narrow_band import (
    Bins,
    Heard,
    bins_above,
    bins_present,
    completed,
    describe_missing,
    hear,
    products,
)

BINS = 80


def whole_of(*examples: Heard) -> np.ndarray:
    found = products(examples)
    assert found is not None
    return found


def heard(frames: int, seed: int) -> Heard:
    """A mel whose ends are linear functions of its middle and of the pitch, with a little noise."""
    random, weights = np.random.default_rng(seed), np.random.default_rng(0).normal(size=(44, 40)) / 6
    middle, pitch = random.normal(size=(frames, 40)), random.normal(size=(frames, 4))
    ends = np.concatenate([middle, pitch], axis=1) @ weights + 0.5 + 0.01 * random.normal(size=(frames, 40))
    return Heard(np.concatenate([ends[:, :20], middle, ends[:, 20:]], axis=1), pitch)


def test_ends_follow_from_the_middle_and_the_pitch_as_in_the_examples() -> None:
    whole = heard(200, seed=3)
    narrow = np.full_like(whole.mel, -3.0)
    narrow[:, 20:60] = whole.mel[:, 20:60]
    guessed = completed(
        whole._replace(mel=narrow), (20, 60), whole_of(heard(2000, seed=1), heard(500, seed=2))
    )
    np.testing.assert_array_equal(guessed[:, 20:60], whole.mel[:, 20:60])
    assert np.abs(guessed - whole.mel).max() < 0.1


def test_frames_without_examples_of_their_kind_stay_finite() -> None:
    examples = [Heard(np.zeros((3, BINS)), np.zeros((3, 4)))]
    assert np.isfinite(completed(heard(5, 0), (1, 79), whole_of(*examples))).all()


@pytest.mark.parametrize(
    ("losses", "present"),
    [
        ([], (0, 80)),
        ([(0, 8, 4.0)], (8, 80)),
        ([(60, 80, 4.0)], (0, 60)),
        ([(0, 8, 4.0), (55, 80, 4.0)], (8, 55)),
        ([(60, 64, 1.0), (64, 80, 4.0)], (0, 60)),  # a filter that is not steep
        ([(60, 80, 1.2)], (0, 80)),  # a dull voice
        ([(0, 3, 1.5)], (0, 80)),  # one without rumble
    ],
)
def test_ends_far_weaker_than_the_rest_are_missing(
    losses: list[tuple[int, int, float]], present: Bins
) -> None:
    mel = np.random.default_rng(0).normal(size=(400, BINS))
    for first, end, loss in losses:
        mel[:, first:end] -= loss
    assert bins_present(mel) == present


@pytest.mark.parametrize(
    ("present", "said"),
    [
        ((0, 80), ""),
        ((2, 77), ""),
        ((0, 59), "above 3.4 kHz"),
        ((8, 80), "below 345 Hz"),
        ((8, 59), "below 345 Hz and above 3.4 kHz"),
    ],
)
def test_missing_ends_are_named_in_hertz(tiny_config: Config, present: Bins, said: str) -> None:
    assert describe_missing(present, tiny_config.audio) == said


def test_bins_above_a_frequency(tiny_config: Config) -> None:
    assert [bins_above(hz, tiny_config.audio) for hz in (0.0, 80.0, 9000.0)] == [0, 2, BINS]


def test_pitch_is_near_few_places_where_it_is_voiced(tiny_config: Config) -> None:
    time = np.arange(22050) / 22050
    tone = sum(np.sin(2 * np.pi * 150 * n * time) / n for n in range(1, 6))
    pitch = hear(np.zeros((86, BINS)), np.asarray(tone, np.float32), tiny_config.audio).pitch
    assert pitch[40, -1] == 1 and 1.5 < pitch[40, :-1].sum() < 3.5
    silent = hear(np.zeros((86, BINS)), np.zeros(22050, np.float32), tiny_config.audio).pitch
    assert not silent.any()
