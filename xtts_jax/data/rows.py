"""The rows of a corpus: as its metadata has them, and as utterances to train on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

EMOTIONS = ("neutral", "happy", "sad", "angry", "surprised", "fearful", "disgusted")
FEWEST_UTTERANCES = 3  # training with fewer teaches nothing, not even a constant voice


class Utterance(NamedTuple):
    id: str
    speaker: str
    language: str
    text: str
    phonemes: str  # if not empty, used instead of the text
    audio: Path
    emotion: str = ""  # one of EMOTIONS; empty: not labeled
    speed: float = 1.0  # playback speed of the recording


class Skipped(NamedTuple):
    id: str
    reason: str  # or `reason: detail`

    @property
    def kind(self) -> str:
        return self.reason.partition(":")[0]


def counted(skipped: Sequence[Skipped]) -> str:
    """The three most frequent reasons, each with its number and its first example; no full stop."""
    first = {skip.kind: skip.reason for skip in reversed(skipped)}
    kinds = Counter(skip.kind for skip in skipped).most_common(3)
    return "; ".join(f"{count} x {first[kind]}" for kind, count in kinds).rstrip(".?")


class Manifest(NamedTuple):
    utterances: tuple[Utterance, ...]  # sorted by id
    skipped: tuple[Skipped, ...]


class Row(NamedTuple):
    """A row as read, before any check."""

    id: str
    speaker: str
    language: str
    text: str
    phonemes: str
    audio: Path | None
    complaint: str = ""
    emotion: str = ""
    delimiter: str = ""  # the delimiter of columns, if the text contains it
    meant: str = ""  # the file that may be meant where there is none of that name
    other_text: str = ""  # what the row has as text where `text` is its normalized form


class Listing(NamedTuple):
    """All rows of a corpus, and what each column of its metadata was taken for."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...]  # such as "column 3 read as speaker: 2 names (anna, ben)"
