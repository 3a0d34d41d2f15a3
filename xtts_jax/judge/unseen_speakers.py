"""Speakers that a run never heard, with a reference of each and other speech to compare it with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xtts_jax.config import Audio
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.shards import to_float32
from xtts_jax.errors import FieldError, UserError

LEAST_S, LONGEST_S = 2.0, 10.0  # of a reference, and of what it is compared with


class UnseenSpeaker(NamedTuple):
    """A speaker the run never heard."""

    speaker: str
    language: str  # of the reference
    id: str  # of the recording that the reference is from
    reference: np.ndarray  # (s,) float32
    other: np.ndarray  # (s,) float32; of another recording, else of the other half of this one
    across: bool  # whether of another recording


def unseen_speakers(
    corpus: Corpus,
    audio: Audio,
    known: set[str],
    count: int,
    references: Sequence[str] = (),
    *,
    everyone: bool = False,
) -> list[UnseenSpeaker]:
    """Up to `count` held-out speakers, chosen by name, but for those `known`; or those of `references`.

    references: ids of recordings. everyone: no speaker of the corpus was trained on.
    Raises `UserError` for fewer than two, or an id that will not do.
    """
    index = corpus.index
    known = {_last(name) for name in known}
    taught = set() if everyone else set(index.speaker[corpus.train].tolist())
    long = index.frames >= audio.frames(LEAST_S)
    members: dict[str, list[int]] = {}
    for i in sorted(np.flatnonzero(long), key=lambda i: hash_fraction(f"cloning {index.id[i]}")):
        if str(index.speaker[i]) not in taught and _last(index.speaker[i]) not in known:
            members.setdefault(str(index.speaker[i]), []).append(int(i))
    firsts = {name: rows[0] for name, rows in members.items()}
    whose = "new to the run" if everyone else "held out whole"
    if references:
        wanted = {str(index.id[i]): i for rows in members.values() for i in rows}
        if missing := [name for name in references if name not in wanted]:
            raise UserError(
                f"{missing[0]!r} is no recording of {LEAST_S} s or more of a speaker {whose} in "
                f"{corpus.folder}. Such are {', '.join(sorted(wanted)[:5]) or 'not there'}."
            )
        firsts = {str(index.speaker[wanted[name]]): wanted[name] for name in references}
    chosen = sorted(firsts, key=lambda name: hash_fraction(f"cloning {name}"))[:count]
    found = [_lent(corpus, audio, name, firsts[name], members[name]) for name in chosen]
    found = [each for each in found if each is not None]
    if len(found) < 2:
        remedy = FieldError(
            "Give other recordings with {data.root}."
            if everyone
            else "Raise {data.validation_speaker_fraction}, or give other recordings with {data.root}, and "
            "{everyone} where none of their speakers was trained on."
        )
        raise FieldError(
            "Speakers of {folder} that are {whose} and say enough: {count}. Cloning is judged by telling two "
            "or more apart. {remedy}",
            folder=corpus.folder,
            whose=whose,
            count=len(found),
            remedy=remedy,
        )
    return found


def _last(name: str) -> str:
    """Of a name that says which corpora it came through, what those call it."""
    return str(name).rpartition("/")[2]


def _lent(corpus: Corpus, audio: Audio, name: str, first: int, members: list[int]) -> UnseenSpeaker | None:
    """None where a single recording is too short to be halved."""
    longest, least = int(LONGEST_S * audio.sample_rate), int(LEAST_S * audio.sample_rate)
    sound, rest = to_float32(corpus.record(first).audio), [i for i in members if i != first]
    named = (name, str(corpus.index.language[first]), str(corpus.index.id[first]))
    if rest:
        other = to_float32(corpus.record(rest[0]).audio)
        return UnseenSpeaker(*named, sound[:longest], other[:longest], True)
    half = len(sound) // 2
    if half < least:
        return None
    return UnseenSpeaker(*named, sound[:half][:longest], sound[half:][:longest], False)
