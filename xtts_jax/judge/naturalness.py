"""DNSMOS, a predictor of how listeners rate speech, which this project did not train.

The package serves development only (`requirements-dev.txt`) and is imported where it is used.
"""

from collections.abc import Sequence

import numpy as np

from xtts_jax.errors import UserError
from xtts_jax.listen.level import SAMPLE_RATE, at_level
from xtts_jax.listen.packages import optional


def require_package() -> None:
    """Raises `UserError` where the package is missing: before an hour of synthesis, not after."""
    optional("speechmos.dnsmos")


def dnsmos(clips: Sequence[np.ndarray], sample_rate: int) -> float:
    """Mean DNSMOS overall (Reddy, Gopal & Cutler 2022): noise has 1.1, clean recordings 3.1 to 3.3.

    The package repeats a clip until it lasts 9 s.
    """
    judge = optional("speechmos.dnsmos")
    if not clips or not all(map(len, clips)):
        raise UserError("DNSMOS needs at least one clip, and none of them empty.")
    scores = [judge.run(np.clip(at_level(clip, sample_rate), -1, 1), SAMPLE_RATE) for clip in clips]
    return float(np.mean([score["ovrl_mos"] for score in scores]))
