"""Speech against what else sounds in its recording."""

from collections.abc import Callable

import numpy as np
import pytest
from made_up_voices import RATE, made_up

from xtts_jax.audio.contrast import LEAST_CONTRAST_DB, contrast_db

SECONDS = 4.0


def spoken() -> np.ndarray:
    return np.concatenate([np.pad(made_up(n, n, 0.8), (0, RATE // 5)) for n in range(4)]) + 1e-4 * hiss()


def hiss() -> np.ndarray:
    return np.random.default_rng(0).normal(size=round(SECONDS * RATE))


def music() -> np.ndarray:
    time = np.arange(round(SECONDS * RATE)) / RATE
    notes = 220 * 2 ** (np.array([0, 4, 7, 12, 7, 4, 5, 9])[(time * 4).astype(int) % 8] / 12)
    phase = 2 * np.pi * np.cumsum(notes) / RATE
    return np.sum([np.sin(n * phase) / n for n in range(1, 16)], axis=0)


def beside(other: np.ndarray, ratio_db: float) -> np.ndarray:
    return spoken() + other * np.std(spoken()) / np.std(other) / 10 ** (ratio_db / 20)


def test_speech_in_a_quiet_room_stands_out() -> None:
    assert contrast_db(spoken(), RATE) > LEAST_CONTRAST_DB + 3


@pytest.mark.parametrize("ratio_db", [0, 10])
@pytest.mark.parametrize("other", [hiss, music], ids=["hiss", "music"])
def test_speech_beside_other_sounds_does_not(other: Callable[[], np.ndarray], ratio_db: float) -> None:
    assert contrast_db(beside(other(), ratio_db), RATE) < LEAST_CONTRAST_DB
