"""The index of a prepared corpus: one row per record, sorted by id.

Its columns stay on disk until they are used, so that a corpus of any size opens at once.
"""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from xtts_jax.config import Data
from xtts_jax.data.chunks import ChunkReport, Entry, hash_fraction, held_out_speaker, shard_path
from xtts_jax.data.labels import Labels
from xtts_jax.data.mapped import map_arrays
from xtts_jax.data.shards import Record, read_record, read_samples
from xtts_jax.data.speeds import is_played, recorded
from xtts_jax.errors import UserError
from xtts_jax.findings import some
from xtts_jax.text.tokenizer import Tokenizer


class Index(NamedTuple):
    """Columns (n,) of the utterances, sorted by id, and the shards that hold them."""

    id: np.ndarray  # str
    speaker: Labels
    language: Labels
    emotion: Labels  # one of rows.EMOTIONS, or empty
    shard: np.ndarray  # int32, index into shard_names
    position: np.ndarray  # int32, within the shard
    tokens: np.ndarray  # int32, number of tokens including <start> and <end>
    frames: np.ndarray  # int32, number of frames
    audio: np.ndarray  # uint64, digest of the samples; str in older indexes
    validation: np.ndarray  # bool
    shard_names: np.ndarray  # str
    shard_bytes: np.ndarray  # int64


_LABELED = ("speaker", "language", "emotion")


def index_of(reports: Sequence[ChunkReport], tokenizer: Tokenizer, data: Data) -> Index:
    """The index of finished chunks with at least two records.

    Validation recordings are kept only at their original speed. Raises `UserError` if
    `data.validation_speaker_fraction` leaves no speaker to train on.
    """
    places = [(i, j, entry) for i, report in enumerate(reports) for j, entry in enumerate(report.entries)]
    places.sort(key=lambda place: place[2].id)
    own = [entry for _, _, entry in places if not is_played(entry.id, data.speeds)]
    found = split_validation(_fractions(own, data), data.validation_fraction)
    validating = {entry.id for entry, validates in zip(own, found, strict=True) if validates}
    places = [
        place
        for place in places
        if place[2].id in validating or recorded(place[2].id, data.speeds) not in validating
    ]
    entries = [entry for _, _, entry in places]
    return Index(
        id=np.array([entry.id for entry in entries]),
        speaker=Labels.of([entry.speaker for entry in entries]),
        language=Labels.of([entry.language for entry in entries]),
        emotion=Labels.of([entry.emotion for entry in entries]),
        shard=np.array([shard for shard, _, _ in places], np.int32),
        position=np.array([position for _, position, _ in places], np.int32),
        tokens=np.array([len(tokenizer.encode(entry.symbols).ids) for entry in entries], np.int32),
        frames=np.array([entry.frames for entry in entries], np.int32),
        audio=np.array([int(entry.audio, 16) for entry in entries], np.uint64),
        validation=np.array([entry.id in validating for entry in entries]),
        shard_names=np.array([report.name for report in reports]),
        shard_bytes=np.array([report.bytes for report in reports], np.int64),
    )


def stored_record(folder: Path, index: Index, i: int) -> Record:
    """Reads and decodes record i."""
    return read_record(*_place(folder, index, i))


def stored_samples(folder: Path, index: Index, i: int, part: slice) -> np.ndarray:
    """Reads and decodes a part of the samples of record i, int16."""
    return read_samples(*_place(folder, index, i), part)


def _place(folder: Path, index: Index, i: int) -> tuple[Path, int]:
    return shard_path(folder, str(index.shard_names[index.shard[i]])), int(index.position[i])


def save_index(path: Path, index: Index) -> None:
    partial = path.with_name(f"{path.name}.partial-{os.getpid()}")
    columns = index._asdict()
    for name in _LABELED:
        codes_and_names: Labels = columns.pop(name)
        columns |= {f"{name}_codes": codes_and_names.codes, f"{name}_names": codes_and_names.names}
    with partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **columns)
    partial.replace(path)


def load_index(path: Path) -> Index:
    try:
        columns = map_arrays(path)
        values: dict[str, Any] = {**columns, **{name: _labels(columns, name) for name in _LABELED}}
        return Index(**{name: values[name] for name in Index._fields})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"The index {path} is missing or damaged ({error}). Prepare the corpus again with "
            "`xtts-jax prepare` and the same settings; finished parts are kept."
        ) from error


def _labels(columns: dict[str, np.ndarray], name: str) -> Labels:
    if f"{name}_codes" in columns:
        return Labels(columns[f"{name}_codes"], columns[f"{name}_names"])
    if name == "emotion" and name not in columns:  # a still older index has none
        return Labels.of([""] * len(columns["id"]))
    return Labels.of(columns[name])  # an older index has strings


def _fractions(entries: Sequence[Entry], data: Data) -> list[float]:
    """The hash that decides whether each entry is for validation; 0 for held-out speakers."""
    held = {entry.speaker: held_out_speaker(entry.speaker, data) for entry in entries}
    if all(held.values()):
        raise UserError(
            f"data.validation_speaker_fraction={data.validation_speaker_fraction} holds out every speaker of "
            f"{data.root} for validation ({some(sorted(held))}), which leaves none to train on. Lower it."
        )
    return [0.0 if held[entry.speaker] else hash_fraction(entry.id) for entry in entries]


def split_validation(fractions: Sequence[float], fraction: float) -> np.ndarray:
    """(n,) bool: which utterances are for validation, by their hashes in [0, 1); n >= 2.

    The side of an utterance depends only on its own hash, except that neither side is left empty.
    """
    hashes = np.asarray(fractions)
    validation = hashes < fraction
    validation[hashes.argmin()] = True
    validation[hashes.argmax()] = False
    return validation
