"""Speed perturbation: the same recordings, played slower or faster, as further speakers.

It changes pitch, formants and tempo together (Ko et al. 2015). Each speed counts as a speaker of its own,
as in Yamamoto et al. 2019 for speaker embeddings.
"""

from collections.abc import Sequence

import numpy as np

from xtts_jax.audio import io
from xtts_jax.data.rows import Utterance
from xtts_jax.errors import UserError

_SIGN = "@"


def with_speeds(utterances: Sequence[Utterance], speeds: Sequence[float]) -> tuple[Utterance, ...]:
    """The utterances as recorded and at all other speeds; sorted by id.

    Raises `UserError` if a recorded id or speaker already has the form of a name at another speed.
    """
    for name in (name for each in utterances for name in (each.id, each.speaker)):
        if is_played(name, speeds):
            raise UserError(
                f"The corpus has the name {name!r}, which stands for {recorded(name, speeds)!r} at another "
                "speed. Rename it in the metadata, or leave that speed out of data.speeds."
            )
    played = [
        each._replace(id=_named(each.id, speed), speaker=_named(each.speaker, speed), speed=speed)
        for each in utterances
        for speed in speeds
        if speed != 1
    ]
    return tuple(sorted([*utterances, *played], key=lambda each: each.id))


def recorded(name: str, speeds: Sequence[float]) -> str:
    """The name of an id or speaker at its recorded speed."""
    ends = [_named("", speed) for speed in speeds if speed != 1]
    return next((name.removesuffix(end) for end in ends if name.endswith(end)), name)


def is_played(name: str, speeds: Sequence[float]) -> bool:
    """Whether an id or speaker has another speed than recorded."""
    return recorded(name, speeds) != name


def play(audio: np.ndarray, speed: float) -> np.ndarray:
    """The (s,) clip with its duration divided, and its pitch and formants multiplied, by speed."""
    return io.resample(audio, speed, 1.0)


def _named(name: str, speed: float) -> str:
    return f"{name}{_SIGN}{speed:g}"
