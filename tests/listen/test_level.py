"""The rate and level of clips to judge."""

import math

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.listen.level import LEVEL_DB, SAMPLE_RATE, at_level

RATE = 22050


def test_clips_are_brought_to_one_rate_and_level() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
    leveled = at_level(tone, RATE)
    assert len(leveled) == SAMPLE_RATE
    assert 20 * math.log10(np.sqrt(np.mean(leveled**2))) == pytest.approx(LEVEL_DB, abs=0.01)
    assert np.abs(np.fft.rfft(leveled)).argmax() == 440


@pytest.mark.parametrize("samples", [0, RATE])
def test_silence_stays_silent(samples: int) -> None:
    assert not at_level(np.zeros(samples, np.float32), RATE).any()


@pytest.mark.parametrize("clip", [np.full(100, np.nan, np.float32), np.ones((100, 2), np.float32)])
def test_a_clip_that_is_not_one_channel_of_finite_samples_is_an_error(clip: np.ndarray) -> None:
    with pytest.raises(UserError, match="one channel of finite samples"):
        at_level(clip, RATE)
