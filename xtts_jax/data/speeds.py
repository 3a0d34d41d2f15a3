"""More voices from the same recordings: played slower or faster, each is another speaker's.

Speed perturbation (Ko et al. 2015) moves pitch, formants and tempo together; as speakers of their own,
as Yamamoto et al. 2019 train speaker embeddings.
"""

from collections.abc import Sequence

import numpy as np

from xtts_jax.audio import io
from xtts_jax.config import Data
from xtts_jax.data.chunks import hash_fraction, held_out_speaker
from xtts_jax.data.layouts import Utterance

_SIGN = "@"


def with_speeds(utterances: Sequence[Utterance], data: Data) -> tuple[Utterance, ...]:
    """The utterances and, of those to train on, one more for each other of `data.speeds`; sorted by id."""
    training = [each for each in utterances if not _validates(each, data)]
    played = [
        each._replace(id=_named(each.id, speed), speaker=_named(each.speaker, speed), speed=speed)
        for each in training
        for speed in _others(data.speeds)
    ]
    return tuple(sorted([*utterances, *played], key=lambda each: each.id))


def is_played(name: str, speeds: Sequence[float]) -> bool:
    """Whether an id or a speaker is of another speed than recorded."""
    return name.endswith(tuple(_named("", speed) for speed in _others(speeds)))


def play(audio: np.ndarray, speed: float) -> np.ndarray:
    """The (s,) clip in 1 / speed of its time, its pitch and formants times speed."""
    return io.resample(audio, speed, 1.0)


def _validates(utterance: Utterance, data: Data) -> bool:
    return held_out_speaker(utterance.speaker, data) or hash_fraction(utterance.id) < data.validation_fraction


def _others(speeds: Sequence[float]) -> list[float]:
    return sorted({*speeds} - {1.0})


def _named(name: str, speed: float) -> str:
    return f"{name}{_SIGN}{speed:g}"
