"""More voices from the same recordings: played slower or faster, each is another speaker's.

Speed perturbation (Ko et al. 2015) moves pitch, formants and tempo together; as speakers of their own,
as Yamamoto et al. 2019 train speaker embeddings.
"""

from collections.abc import Sequence

import numpy as np

from xtts_jax.audio import io
from xtts_jax.data.layouts import Utterance
from xtts_jax.errors import UserError

_SIGN = "@"


def with_speeds(utterances: Sequence[Utterance], speeds: Sequence[float]) -> tuple[Utterance, ...]:
    """The utterances as recorded and at all other speeds; sorted by id.

    Raises `UserError` where a recorded id or speaker is named as another speed of one would be.
    """
    for name in (name for each in utterances for name in (each.id, each.speaker)):
        if is_played(name, speeds):
            raise UserError(
                f"The corpus has the name {name!r}, as data.speeds names another {recorded(name, speeds)!r}. "
                "Rename it in the metadata, or leave that speed out of data.speeds."
            )
    played = [
        each._replace(id=_named(each.id, speed), speaker=_named(each.speaker, speed), speed=speed)
        for each in utterances
        for speed in speeds
        if speed != 1
    ]
    return tuple(sorted([*utterances, *played], key=lambda each: each.id))


def recorded(name: str, speeds: Sequence[float]) -> str:
    """The id or speaker that one of another speed was made of; its own where it is as recorded."""
    ends = [_named("", speed) for speed in speeds if speed != 1]
    return next((name.removesuffix(end) for end in ends if name.endswith(end)), name)


def is_played(name: str, speeds: Sequence[float]) -> bool:
    """Whether an id or a speaker is of another speed than recorded."""
    return recorded(name, speeds) != name


def play(audio: np.ndarray, speed: float) -> np.ndarray:
    """The (s,) clip in 1 / speed of its time, its pitch and formants times speed."""
    return io.resample(audio, speed, 1.0)


def _named(name: str, speed: float) -> str:
    return f"{name}{_SIGN}{speed:g}"
