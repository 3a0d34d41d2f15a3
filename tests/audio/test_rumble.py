"""What is below a voice, taken out where there is much of it."""

from collections.abc import Callable

import numpy as np
import pytest
from made_up_voices import RATE, made_up

from xtts_jax.audio.rumble import without_rumble

SECONDS = np.arange(2 * RATE) / RATE


def voice() -> np.ndarray:
    return made_up(3, 0, 2.0)


@pytest.mark.parametrize(
    "disturbance",
    [
        lambda: 0.5 * np.sin(2 * np.pi * 0.7 * SECONDS),
        lambda: 0.3 * np.sin(2 * np.pi * 20 * SECONDS),
        lambda: 0.2 * np.sin(2 * np.pi * 50 * SECONDS),
        lambda: 0.5 * (SECONDS - 1),
        lambda: np.cumsum(np.random.default_rng(0).normal(0, 0.002, len(SECONDS))),
    ],
    ids=["drift", "rumble", "hum", "slope", "walk"],
)
def test_a_disturbed_voice_is_nearly_the_plain_one_again(disturbance: Callable[[], np.ndarray]) -> None:
    added, inner = disturbance(), slice(RATE // 5, -RATE // 5)
    mended = without_rumble(voice() + added, RATE)
    assert np.std((mended - voice())[inner]) < 0.15 * np.std(added[inner])


def test_a_plain_voice_is_returned_as_it_is() -> None:
    plain = voice()
    assert without_rumble(plain, RATE) is plain
    single = np.ones(1, np.float32)
    assert len(without_rumble(single, RATE)) == 1
