"""Speakers that a run was not trained on, each with a reference and other speech to compare it with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Audio
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import FieldError

LEAST_S, LONGEST_S = 2.0, 10.0  # bounds for a reference, and for the speech it is compared with


class UnseenSpeaker(NamedTuple):
    speaker: str
    language: str  # spoken in the reference
    id: str  # the recording that the reference is from
    reference: np.ndarray  # (s,) float32
    other: np.ndarray  # (s,) float32, from another recording, or else from the other half of this one
    across: bool  # whether `other` is from another recording


def unseen_speakers(
    corpus: Corpus,
    audio: Audio,
    known: set[str],
    count: int,
    references: Sequence[str] = (),
    *,
    everyone: bool = False,
) -> list[UnseenSpeaker]:
    """Up to `count` held-out speakers, chosen by name, without those `known`; or those of `references`.

    references: ids of recordings. everyone: whether no speaker of the corpus was trained on.
    Raises `UserError` for fewer than two speakers, or an id that does not qualify.
    """
    index = corpus.index
    known = {_last(name) for name in known}
    trained = set() if everyone else set(index.speaker.among(corpus.train).tolist())
    long = index.frames >= audio.frames(LEAST_S)
    members: dict[str, list[int]] = {}
    for i in sorted(np.flatnonzero(long), key=lambda i: hash_fraction(f"cloning {index.id[i]}")):
        if str(index.speaker[i]) not in trained and _last(index.speaker[i]) not in known:
            members.setdefault(str(index.speaker[i]), []).append(int(i))
    firsts = {name: rows[0] for name, rows in members.items()}
    whose = "new to the run" if everyone else "held out whole"
    if references:
        wanted = {str(index.id[i]): i for rows in members.values() for i in rows}
        if missing := [name for name in references if name not in wanted]:
            raise FieldError(
                "{references} names {missing}, but {folder} has no recording of that id that lasts {least} s "
                "or longer and is by a speaker {whose}. It has {found}.",
                missing=missing[0],
                folder=corpus.folder,
                least=LEAST_S,
                whose=whose,
                found=", ".join(sorted(wanted)[:5]) or "none at all",
            )
        firsts = {str(index.speaker[wanted[name]]): wanted[name] for name in references}
    chosen = sorted(firsts, key=lambda name: hash_fraction(f"cloning {name}"))[:count]
    found = [_read(corpus, audio, name, firsts[name], members[name]) for name in chosen]
    found = [each for each in found if each is not None]
    if len(found) < 2:
        remedy = FieldError(
            "Give other recordings with {data.root}."
            if everyone
            else "Raise {data.validation_speaker_fraction}, or give other recordings with {data.root}, with "
            "{everyone} if the run was trained on none of their speakers."
        )
        raise FieldError(
            "Too few speakers of {folder} are {whose} and speak long enough: {count}. Judging clones takes "
            "two or more. {remedy}",
            folder=corpus.folder,
            whose=whose,
            count=len(found),
            remedy=remedy,
        )
    return found


def _last(name: str) -> str:
    """The speaker's own name, without the corpora that are written before it."""
    return str(name).rpartition("/")[2]


def _read(corpus: Corpus, audio: Audio, name: str, first: int, members: list[int]) -> UnseenSpeaker | None:
    """The speaker, or None where the only recording is too short to be halved."""
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
