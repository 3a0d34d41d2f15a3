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
    with pytest.raises(UserError, match=r"own_judges:softest cannot be imported"):
        predictors(["own_judges:softest"])


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "speechmos.dnsmos", None)
    monkeypatch.setitem(sys.modules, "speechmos", None)
    with pytest.raises(UserError, match=r"package speechmos.*make judges"):
        naturalness.require_package()


@pytest.mark.parametrize(
    "answer",
    [3.0, None, {}, {"mine": "high"}, {"mine": [1, 2]}, {"mine": float("nan")}, {"p808": 5.0}, {3: 1.0}],
)
def test_a_function_that_gives_no_scores_is_refused_before_anything_is_rated(
    monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setitem(sys.modules, "own_judges", SimpleNamespace(rate=lambda *_: answer))
    with pytest.raises(UserError, match=r"own_judges:rate (gave|calls)"):
        predictors(["own_judges:rate"])


def test_a_function_that_fails_is_named_and_one_that_changes_its_samples_harms_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spoil(clip: np.ndarray, rate: int) -> dict[str, float]:
        clip *= 0
        return {"mine": float(rate)}

    def change_names(clip: np.ndarray, rate: int) -> dict[str, float]:
        return {f"mine_{len(clip)}": 1.0}

    own = SimpleNamespace(spoil=spoil, names=change_names, few=lambda: {"mine": 1.0})
    monkeypatch.setitem(sys.modules, "own_judges", own)
    _, spoiling = predictors(["python:own_judges:spoil"])
    clip = np.ones(9, np.float32)
    scores([spoiling], [clip], RATE)
    assert clip.all()
    with pytest.raises(UserError, match=r"own_judges:few failed \(TypeError"):
        predictors(["own_judges:few"])
    _, naming = predictors(["own_judges:names"])
    with pytest.raises(UserError, match="differently from clip to clip"):
        scores([naming], [clip, clip[:5]], RATE)
