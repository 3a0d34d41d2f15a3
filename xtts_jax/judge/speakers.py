"""Speaker embeddings of Resemblyzer, which this project did not train.

The package comes with `requirements-cloning.txt` and is imported where it is used.
"""

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from xtts_jax.listen.level import SAMPLE_RATE, at_level
from xtts_jax.listen.packages import optional

REMEDY = (
    "Run `pip install -r requirements-cloning.txt`: it takes the CPU build of torch, and a setuptools "
    "that still has pkg_resources, which its voice activity detector imports."
)


def require_package() -> None:
    """Raises `UserError` where the package is missing."""
    _resemblyzer()


def speaker_embeddings(clips: Sequence[np.ndarray], sample_rate: int) -> np.ndarray:
    """(n, 256) unit vectors of the (s,) clips, in any language (Wan et al. 2018, section 3).

    On recordings, cosines within a speaker are about 0.87, between speakers 0.5 to 0.6.
    """
    encoder, rows = _encoder(), []
    for clip in clips:
        audio = at_level(clip, sample_rate)
        trimmed = _resemblyzer().preprocess_wav(audio, SAMPLE_RATE)  # without long pauses
        rows.append(encoder.embed_utterance(trimmed if len(trimmed) else audio))
    return np.stack(rows)


@cache
def _encoder() -> Any:
    return _resemblyzer().VoiceEncoder("cpu", verbose=False)


def _resemblyzer() -> ModuleType:
    return optional("resemblyzer", REMEDY)
