"""Records on disk: ArrayRecord files of msgpack maps, which ArrayRecord compresses.

Samples are stored as all high bytes, then all low bytes: the latter are noise, but the former compress well.
Speech takes about three quarters of its int16 size.
"""

import os
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgpack
import numpy as np
from array_record.python.array_record_module import ArrayRecordReader, ArrayRecordWriter

from xtts_jax.errors import UserError

T = TypeVar("T")

_HALF = np.uint16(128)  # added to samples, so that quiet ones have the same high byte whatever their sign
_PLANES = "planes"


class Record(NamedTuple):
    """An utterance: audio (s,) int16; log_f0 (t,) float16, ln Hz, 0 if unvoiced; voiced (t,) bool."""

    id: str
    speaker: str
    language: str
    text: str
    symbols: str
    audio: np.ndarray
    log_f0: np.ndarray
    voiced: np.ndarray


def to_planes(audio: np.ndarray) -> bytes:
    """(s,) int16 -> bytes: all high bytes, then all low bytes."""
    shifted = audio.view(np.uint16) + _HALF
    return (shifted >> 8).astype(np.uint8).tobytes() + (shifted & 255).astype(np.uint8).tobytes()


def from_planes(data: bytes, part: slice) -> np.ndarray:
    """The inverse of `to_planes`, of a part of the samples."""
    high, low = np.frombuffer(data, np.uint8).reshape(2, -1)[:, part]
    return ((high.astype(np.uint16) << 8 | low) - _HALF).view(np.int16)


def _decompress(data: bytes) -> np.ndarray:
    """The samples of older shards: first differences, zigzag, high bytes then low bytes, Huffman coded."""
    high, low = np.frombuffer(zlib.decompress(data), np.uint8).reshape(2, -1).astype(np.uint16)
    zigzag = (high << 8) | low
    difference = ((zigzag >> 1) ^ (0 - (zigzag & 1)).astype(np.uint16)).view(np.int16)
    return np.cumsum(difference, dtype=np.int16)


def pack(record: Record) -> bytes:
    values = record._asdict()
    planes = {_PLANES: to_planes(values.pop("audio"))}
    arrays = {
        "log_f0": record.log_f0.astype("<f2").tobytes(),
        "voiced": np.packbits(record.voiced).tobytes(),
    }
    return bytes(msgpack.Packer().pack(values | planes | arrays))


def unpack(data: bytes) -> Record:
    values = msgpack.unpackb(data)
    audio = _samples(values, slice(None))
    values.pop(_PLANES, None)
    log_f0 = np.frombuffer(values["log_f0"], "<f2")
    voiced = np.unpackbits(np.frombuffer(values["voiced"], np.uint8), count=len(log_f0)).astype(bool)
    return Record(**values | {"audio": audio, "log_f0": log_f0, "voiced": voiced})


def _samples(values: dict[str, Any], part: slice) -> np.ndarray:
    if _PLANES in values:
        return from_planes(values[_PLANES], part)
    return _decompress(values["audio"])[part]


def write_shard(path: Path, records: Iterable[Record]) -> None:
    """Writes a shard atomically: the file appears only when it is complete."""
    partial = path.with_name(f"{path.name}.partial-{os.getpid()}")
    writer = ArrayRecordWriter(str(partial), "group_size:1")
    for record in records:
        writer.write(pack(record))
    writer.close()
    partial.replace(path)


def read_record(path: Path, position: int) -> Record:
    """Reads and decodes a record; raises `UserError` if the shard is missing or damaged."""
    return _read(path, position, unpack)


def read_samples(path: Path, position: int, part: slice) -> np.ndarray:
    """`read_record` for a part of the samples, without decoding the others."""
    return _read(path, position, lambda data: _samples(msgpack.unpackb(data), part))


def _read(path: Path, position: int, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(_reader(str(path), path.stat().st_mtime_ns).read([position])[0])
    except (OSError, RuntimeError, IndexError, ValueError, TypeError, KeyError, zlib.error) as error:
        raise UserError(
            f"The prepared shard {path} is damaged or missing (record {position}: {error}). "
            f"Delete the folder {path.parents[1]} and prepare the corpus again."
        ) from error


@lru_cache(maxsize=128)  # a large corpus has more shards than a process may open files
def _reader(path: str, written_ns: int) -> ArrayRecordReader:
    del written_ns  # only a cache key: a shard that was rewritten is reopened
    return ArrayRecordReader(path, "readahead_buffer_size:0")
