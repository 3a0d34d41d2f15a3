"""How listeners would rate clips, by predictors that this project did not train.

The packages are optional (`requirements-judges.txt`) and imported where they are used.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from xtts_jax.audio.io import resample
from xtts_jax.errors import UserError
from xtts_jax.listen.external import called, imported
from xtts_jax.listen.level import SAMPLE_RATE, require_samples
from xtts_jax.listen.packages import optional

TAKES = "It takes samples (s,) and their rate, and returns finite scores by name, such as {'utmos': 3.9}."
TRIAL = np.random.default_rng(0).normal(0, 0.01, SAMPLE_RATE).astype(np.float32)  # a second of faint noise
TAKEN = ("wer", "cer", "ovrl", "p808", "wrong_text", "heard")
Predictor = Callable[[np.ndarray, int], Mapping[str, float]]  # a (s,) clip and its rate, to scores by name


def dnsmos(clip: np.ndarray, sample_rate: int) -> dict[str, float]:
    """Two scores from 1 to 5: `ovrl` (Reddy, Gopal & Cutler 2022) and `p808` (2021).

    Clean recordings have 3.2 and 3.9. OVRL alone rates over-smoothed speech too high, P.808 tells it from
    natural speech. The package repeats a clip until it lasts 9 s.
    """
    judge = optional("speechmos.dnsmos")
    audio = resample(np.asarray(clip, np.float32), sample_rate, SAMPLE_RATE)
    scores = judge.run(audio / max(1.0, float(np.abs(audio).max())), SAMPLE_RATE)
    return {"ovrl": float(scores["ovrl_mos"]), "p808": float(scores["p808_mos"])}


def require_package() -> None:
    """Raises `UserError` where the package of `dnsmos` is missing: before an hour of synthesis, not after."""
    optional("speechmos.dnsmos")


def predictors(names: Sequence[str]) -> list[Predictor]:
    """DNSMOS, and the functions MODULE:FUNCTION of `names`, such as a UTMOS whose weights the user has.

    Each is tried on a second of faint noise. Raises `UserError` where one cannot be had or does not rate.
    """
    own = [_checked(name.removeprefix("python:")) for name in names]
    for predictor in own:
        predictor(TRIAL, SAMPLE_RATE)
    return [dnsmos, *own]


def _checked(name: str) -> Predictor:
    """The function `name`, whose ratings are looked at whenever it gives some."""
    function = imported(name)

    def rate(clip: np.ndarray, sample_rate: int) -> Mapping[str, float]:
        given = called(name, TAKES, function, np.array(clip, np.float32), sample_rate)
        if not isinstance(given, Mapping) or not given or not all(map(_is_rating, given.values())):
            raise UserError(f"{name} gave {given!r}. {TAKES}")
        if taken := [each for each in given if each in TAKEN or not isinstance(each, str)]:
            raise UserError(f"{name} calls a score {taken[0]!r}, which is taken. Give it another name.")
        return given

    return rate


def _is_rating(value: object) -> bool:
    return isinstance(value, int | float | np.number) and bool(np.isfinite(value))


def scores(
    judges: Sequence[Predictor], clips: Sequence[np.ndarray], sample_rate: int
) -> dict[str, np.ndarray]:
    """The scores (n,) of n clips, by name. Raises `UserError` for an empty clip or one that is not finite."""
    for clip in clips:
        require_samples(clip, least=1)
    rows = [
        {name: value for judge in judges for name, value in judge(clip, sample_rate).items()}
        for clip in clips
    ]
    if any(row.keys() != rows[0].keys() for row in rows):
        raise UserError(f"A function of naturalness names its scores differently from clip to clip. {TAKES}")
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
