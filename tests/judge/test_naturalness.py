"""Ratings by DNSMOS and by other functions."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from kathleen import RATE, white_noise

from xtts_jax.errors import UserError
from xtts_jax.judge import naturalness
from xtts_jax.judge.naturalness import dnsmos, predictors, scores


def test_white_noise_gets_the_lowest_ratings() -> None:
    pytest.importorskip("speechmos", reason="speechmos is not installed (make judges)")
    found = dnsmos(white_noise(2.0, 0), RATE)
    assert found.keys() == {"ovrl", "p808"}
    assert found["ovrl"] < 1.5 and found["p808"] < 2.7


@pytest.mark.parametrize("clip", [np.zeros(0, np.float32), np.full(9, np.nan, np.float32), np.zeros((2, 9))])
def test_what_has_no_sound_to_rate_is_refused(clip: np.ndarray) -> None:
    with pytest.raises(UserError, match="one channel of finite samples"):
        scores([lambda clip, rate: {"any": 1.0}], [clip], RATE)


def test_functions_of_the_user_rate_beside_dnsmos(monkeypatch: pytest.MonkeyPatch) -> None:
    own = SimpleNamespace(loudest=lambda clip, rate: {"loudest": float(clip.max())})
    monkeypatch.setitem(sys.modules, "own_judges", own)
    first, second = predictors(["own_judges:loudest"])
    assert first is naturalness.dnsmos
    found = scores([second], [np.ones(9), np.full(9, 2.0)], RATE)
    np.testing.assert_array_equal(found["loudest"], [1.0, 2.0])
    with pytest.raises(UserError, match=r"no Python function own_judges:softest .*transcribe"):
        predictors(["own_judges:softest"])


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "speechmos.dnsmos", None)
    monkeypatch.setitem(sys.modules, "speechmos", None)
    with pytest.raises(UserError, match=r"package speechmos.*make judges"):
        naturalness.require_package()
