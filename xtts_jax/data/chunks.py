"""Chunks, the units of preparation: a few dozen utterances, one shard, named by a digest of the content.

A finished chunk is never redone: a killed preparation resumes where it stopped, and added recordings
redo only the chunks that they fall into.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from xtts_jax.config import Data, digest
from xtts_jax.data.rows import Skipped, Utterance
from xtts_jax.errors import UserError

_MEAN_LENGTH, _LONGEST = 48, 96  # utterances


class Chunk(NamedTuple):
    name: str
    utterances: tuple[Utterance, ...]


class Entry(NamedTuple):
    """The fields of a record that the index needs."""

    id: str
    speaker: str
    language: str
    symbols: str
    frames: int
    audio: str  # digest of the samples; equal for equal audio
    emotion: str = ""  # absent from older reports


class ChunkReport(NamedTuple):
    """The JSON file beside a shard; written last, so it marks a finished chunk."""

    name: str
    bytes: int
    entries: tuple[Entry, ...]  # in the order of the shard's records
    skipped: tuple[Skipped, ...]


def split_into_chunks(utterances: tuple[Utterance, ...], root: Path) -> list[Chunk]:
    """Splits at ids chosen by their hash, so that adding an utterance moves only nearby boundaries."""
    chunks, members = [], []
    for utterance in utterances:
        members.append(utterance)
        if hash_fraction(utterance.id) < 1 / _MEAN_LENGTH or len(members) == _LONGEST:
            chunks.append(_chunk(members, root))
            members = []
    return chunks + ([_chunk(members, root)] if members else [])


def hash_fraction(text: str) -> float:
    """A number in [0, 1) that depends only on the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def held_out_speaker(name: str, data: Data) -> bool:
    return hash_fraction(name) < data.validation_speaker_fraction


def write_report(folder: Path, report: ChunkReport) -> None:
    note = _note_path(folder, report.name)
    partial = note.with_name(f"{note.name}.partial-{os.getpid()}")
    partial.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    partial.replace(note)


def read_report(folder: Path, name: str) -> ChunkReport | None:
    """The report of a finished chunk; None if there is none or the size of its shard has changed."""
    try:
        values = json.loads(_note_path(folder, name).read_text(encoding="utf-8"))
        entries = tuple(Entry(*entry) for entry in values[2])
        report = ChunkReport(values[0], values[1], entries, tuple(Skipped(*skip) for skip in values[3]))
        return report if shard_path(folder, name).stat().st_size == report.bytes else None
    except (OSError, ValueError, TypeError, IndexError):
        return None


def remove_other_chunks(folder: Path, names: set[str]) -> None:
    for path in list((folder / "shards").iterdir()):
        if path.name.partition(".")[0] not in names or ".partial-" in path.name:
            path.unlink(missing_ok=True)


def shard_path(folder: Path, name: str) -> Path:
    return folder / "shards" / f"{name}.arrayrecord"


def shard_size(folder: Path, name: str) -> int:
    """Bytes of a shard; -1 if there is none. A large corpus has so many that paths would cost too much."""
    try:
        return os.stat(f"{folder}/shards/{name}.arrayrecord").st_size
    except OSError:
        return -1


def _note_path(folder: Path, name: str) -> Path:
    return folder / "shards" / f"{name}.json"


def _chunk(members: list[Utterance], root: Path) -> Chunk:
    content = [
        [*utterance[:5], *_file_identity(utterance.audio, root), *filter(None, [utterance.emotion])]
        for utterance in members
    ]  # an empty emotion adds nothing, so chunks prepared before emotions existed stay valid
    return Chunk(digest(content) + digest(content, "wide"), tuple(members))


def _file_identity(path: Path, root: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}). Fix the file, or remove its row from the metadata."
        ) from error
    return os.path.relpath(path, root), status.st_size, int(status.st_mtime)
