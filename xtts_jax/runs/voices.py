"""The voices a run knows: for each speaker of the training set, one reference recording.

The run keeps them in `voices/`, so that it can speak when no recording is given.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.io import save
from xtts_jax.audio.samples import to_float32
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.speeds import is_played
from xtts_jax.errors import FieldError, UserError
from xtts_jax.runs.settings import write_json

MOST = 200  # voices kept; those with the most speech first
LONGEST_S = 10.0  # longest reference
LISTED = 10  # names in a message


class Voice(NamedTuple):
    speaker: str
    languages: list[str]
    reference: str  # file name within the run's `voices/`
    about: str = ""  # a line for people who choose


def write(workdir: Path, corpus: Corpus) -> None:
    folder = workdir / "voices"
    folder.mkdir(parents=True, exist_ok=True)
    known = [
        _write_voice(folder, number, corpus, members) for number, members in enumerate(_speakers(corpus))
    ]
    write_json(folder / "voices.json", [voice._asdict() for voice in known])


def read(workdir: Path) -> list[Voice]:
    """The voices of a run, those with the most speech first."""
    path = workdir / "voices" / "voices.json"
    try:
        known = [Voice(**values) for values in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UserError(
            f"The voices of the run, {path}, are missing or damaged ({why}). Copy the run again from where "
            "it came from."
        ) from error
    if not known:
        raise FieldError(
            "{path} names no voice. Copy the run again from where it came from, or give {references}.",
            path=path,
        )
    return known


def listed(known: Sequence[Voice]) -> str:
    """The names of the first, and how many there are beside these."""
    names = [voice.speaker for voice in known]
    rest = [f"{len(names) - LISTED} more"] if len(names) > LISTED else []
    return ", ".join([*names[:LISTED], *rest])


def recording(workdir: Path, name: str) -> Path:
    """The file of a reference; `FieldError` where the run has lost it."""
    path = workdir / "voices" / name
    if not path.is_file() or not path.stat().st_size:
        raise FieldError(
            "The run has lost {path}, from which one of its voices is taken. Copy its folder `voices` again "
            "from where it came from, or speak with {references}.",
            path=path,
        )
    return path


def _speakers(corpus: Corpus) -> list[np.ndarray]:
    """The training utterances of each speaker, as recorded; speakers with the most speech first."""
    index, speeds = corpus.index, corpus.settings["data"]["speeds"]
    speech = np.bincount(index.speaker.codes[corpus.train], index.frames[corpus.train])
    most_first = index.speaker.names[np.argsort(-speech, kind="stable")]
    names = [str(name) for name in most_first[: np.count_nonzero(speech)] if not is_played(name, speeds)]
    return [index.speaker.rows_of(name, corpus.train) for name in names[:MOST]]


def _write_voice(folder: Path, number: int, corpus: Corpus, members: np.ndarray) -> Voice:
    """Writes the reference: the speaker's longest clip of at most `LONGEST_S`, or else the shortest."""
    audio = corpus.settings["audio"]
    frames = corpus.index.frames[members]
    short_enough = frames * audio["hop_length"] <= LONGEST_S * audio["sample_rate"]
    chosen = members[np.where(short_enough, frames, -frames).argmax()]
    name = f"{number:03d}.wav"
    save(folder / name, to_float32(corpus.record(chosen).audio), audio["sample_rate"])
    languages = corpus.index.language.among(members).tolist()
    return Voice(str(corpus.index.speaker[members[0]]), languages, name)
