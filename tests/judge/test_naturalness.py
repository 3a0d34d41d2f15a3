"""DNSMOS on recordings and on noise."""

from pathlib import Path

import numpy as np
import pytest
from kathleen import RATE, read, white_noise

from xtts_jax.errors import UserError
from xtts_jax.judge.naturalness import dnsmos


@pytest.fixture(autouse=True)
def installed() -> None:
    pytest.importorskip("speechmos", reason="speechmos is not installed (requirements-dev.txt)")


def test_dnsmos_ranks_recordings_above_white_noise(shared: Path) -> None:
    clips, _ = read(shared, 8)
    noise = dnsmos([white_noise(4.6, 0)], RATE)
    assert noise < 1.5
    assert dnsmos([max(clips, key=len)], RATE) > noise + 1


@pytest.mark.parametrize("clips", [[], [np.ones(RATE, np.float32), np.zeros(0, np.float32)]])
def test_dnsmos_refuses_what_has_no_sound_to_rate(clips: list[np.ndarray]) -> None:
    with pytest.raises(UserError, match="at least one clip, and none of them empty"):
        dnsmos(clips, RATE)
