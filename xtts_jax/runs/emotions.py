"""The emotions a run knows: for each labeled emotion of a speaker, some of the training recordings.

The run keeps them in `voices/`. They are recordings and not the voice encoder's style weights, because those
differ from checkpoint to checkpoint.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.io import save
from xtts_jax.audio.samples import to_float32
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.rows import EMOTIONS
from xtts_jax.errors import FieldError, UserError, did_you_mean
from xtts_jax.runs.settings import write_json

MOST = 200  # emotions kept, over all speakers; those with the most recordings first
MOST_EXAMPLES, MOST_FILES = 8, 400  # recordings kept of each, but at least one, and of all
LONG_ENOUGH_S = 1.0  # preferred length of an example

_UNLABELED = FieldError("{style_references} takes the manner of a recording, and needs no labels.")


class Mood(NamedTuple):
    """An emotion of a speaker."""

    emotion: str  # one of EMOTIONS
    speaker: str
    recordings: int  # in the training set with this label
    examples: list[str]  # some of them, as file names within `voices/`


def write(workdir: Path, corpus: Corpus) -> None:
    folder = workdir / "voices"
    folder.mkdir(parents=True, exist_ok=True)
    groups = sorted(_labeled(corpus).items(), key=lambda group: -len(group[1]))[:MOST]
    most = max(1, min(MOST_EXAMPLES, MOST_FILES // max(1, len(groups))))
    moods = [
        Mood(emotion, speaker, len(members), _save(corpus, _examples(corpus, members, most), folder, i))
        for i, ((emotion, speaker), members) in enumerate(groups)
    ]
    write_json(folder / "emotions.json", [mood._asdict() for mood in moods])


def read(workdir: Path) -> list[Mood]:
    """The emotions of a run; none where its corpus labels none, or where it is older than this feature."""
    path = workdir / "voices" / "emotions.json"
    if not path.exists():
        return []
    try:
        return [Mood(**values) for values in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"The emotions of the run, {path}, are damaged ({error}). Copy the run again from where it came "
            "from."
        ) from error


def counts(workdir: Path) -> dict[str, int]:
    """The number of labeled recordings by emotion, in the order of EMOTIONS.

    Raises `UserError` where no recording is labeled.
    """
    return _sums(_labeled_moods(workdir))


def _labeled_moods(workdir: Path) -> list[Mood]:
    moods = read(workdir)
    if not moods:
        raise FieldError(
            "The run {workdir} knows no emotions: none of the recordings that it was trained on is labeled. "
            "Give metadata.csv a column `emotion` ({emotions}; empty where it is not known) and train a new "
            "run. {unlabeled}",
            workdir=workdir,
            emotions=", ".join(EMOTIONS),
            unlabeled=_UNLABELED,
        )
    return moods


def _sums(moods: list[Mood]) -> dict[str, int]:
    sums = {name: sum(mood.recordings for mood in moods if mood.emotion == name) for name in EMOTIONS}
    return {name: number for name, number in sums.items() if number}


def moods_of(workdir: Path, emotion: str, speaker: str) -> list[Mood]:
    """The moods of this emotion, in any case: the speaker's if there are any, otherwise all speakers'.

    Raises `UserError` for an emotion that the run does not know.
    """
    moods = _labeled_moods(workdir)
    known = _sums(moods)
    name = emotion.strip().lower()
    if name not in known:
        raise FieldError(
            "{emotion} must be one that the run knows, not {name!r}.{hint} It knows {known}. {unlabeled}",
            name=name,
            hint=did_you_mean(name, known),
            known=", ".join(f"{each} ({number} recordings)" for each, number in known.items()),
            unlabeled=_UNLABELED,
        )
    alike = [mood for mood in moods if mood.emotion == name]
    return [mood for mood in alike if mood.speaker == speaker] or alike


def _labeled(corpus: Corpus) -> dict[tuple[str, str], np.ndarray]:
    """The training utterances of each emotion and speaker."""
    emotion, speaker = corpus.index.emotion, corpus.index.speaker
    rows = corpus.train[(emotion.names != "")[emotion.codes[corpus.train]]]
    moods = emotion.codes[rows].astype(np.int64) * len(speaker.names) + speaker.codes[rows]
    _, firsts, sizes = np.unique(moods, return_index=True, return_counts=True)
    members = np.split(rows[np.argsort(moods, kind="stable")], np.cumsum(sizes)[:-1])
    labels = [(str(emotion[i]), str(speaker[i])) for i in rows[firsts]]
    return {labels[n]: members[n] for n in np.argsort(firsts)}


def _examples(corpus: Corpus, members: np.ndarray, most: int) -> np.ndarray:
    """Indices spread evenly over the members that are long enough; the longest member where none is."""
    audio, frames = corpus.settings["audio"], corpus.index.frames[members]
    long_enough = members[frames * audio["hop_length"] >= LONG_ENOUGH_S * audio["sample_rate"]]
    if not len(long_enough):
        return members[[frames.argmax()]]
    count = min(most, len(long_enough))
    return long_enough[np.arange(count) * len(long_enough) // count]


def _save(corpus: Corpus, chosen: np.ndarray, folder: Path, number: int) -> list[str]:
    names = [f"{corpus.index.emotion[i]}-{number:03d}-{place}.wav" for place, i in enumerate(chosen)]
    for name, i in zip(names, chosen, strict=True):
        save(folder / name, to_float32(corpus.record(i).audio), corpus.settings["audio"]["sample_rate"])
    return names
