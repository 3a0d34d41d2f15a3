"""Records on disk: ArrayRecord files of msgpack maps, with losslessly compressed audio.

Audio takes about 61 % of its int16 size, and numpy and zlib decode it thousands of times faster than
real time.
"""

import os
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgpack
import numpy as np
from array_record.python.array_record_module import ArrayRecordReader, ArrayRecordWriter

from xtts_jax.errors import UserError

PEAK = 32767  # int16 value of an amplitude of 1.0


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


def to_int16(audio: np.ndarray) -> np.ndarray:
    """(s,) float in [-1, 1] -> int16, clipped at full scale."""
    return np.round(np.clip(audio, -1.0, 1.0) * PEAK).astype(np.int16)


def to_float32(audio: np.ndarray) -> np.ndarray:
    """The inverse of `to_int16`, up to rounding."""
    return audio.astype(np.float32) / PEAK


def compress(audio: np.ndarray) -> bytes:
    """(s,) int16 -> bytes: first differences, zigzag, high bytes then low bytes, Huffman coded."""
    difference = np.diff(audio, prepend=np.int16(0))  # wraps modulo 2**16, as does the sum in `decompress`
    zigzag = ((difference << 1) ^ (difference >> 15)).view(np.uint16)
    planes = (zigzag >> 8).astype(np.uint8).tobytes() + (zigzag & 255).astype(np.uint8).tobytes()
    coder = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
    return coder.compress(planes) + coder.flush()


def decompress(data: bytes) -> np.ndarray:
    """The exact inverse of `compress`."""
    high, low = np.frombuffer(zlib.decompress(data), np.uint8).reshape(2, -1).astype(np.uint16)
    zigzag = (high << 8) | low
    difference = ((zigzag >> 1) ^ (0 - (zigzag & 1)).astype(np.uint16)).view(np.int16)
    return np.cumsum(difference, dtype=np.int16)


def pack(record: Record) -> bytes:
    arrays = {
        "audio": compress(record.audio),
        "log_f0": record.log_f0.astype("<f2").tobytes(),
        "voiced": np.packbits(record.voiced).tobytes(),
    }
    return bytes(msgpack.Packer().pack(record._asdict() | arrays))


def unpack(data: bytes) -> Record:
    values = msgpack.unpackb(data)
    log_f0 = np.frombuffer(values["log_f0"], "<f2")
    voiced = np.unpackbits(np.frombuffer(values["voiced"], np.uint8), count=len(log_f0)).astype(bool)
    return Record(**values | {"audio": decompress(values["audio"]), "log_f0": log_f0, "voiced": voiced})


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
    try:
        return unpack(_reader(str(path), path.stat().st_mtime_ns).read([position])[0])
    except (OSError, RuntimeError, IndexError, ValueError, TypeError, KeyError, zlib.error) as error:
        raise UserError(
            f"The prepared shard {path} is damaged or missing (record {position}: {error}). "
            f"Delete the folder {path.parents[1]} and prepare the corpus again."
        ) from error


@lru_cache(maxsize=128)  # a large corpus has more shards than a process may open files
def _reader(path: str, written_ns: int) -> ArrayRecordReader:
    del written_ns  # only a cache key: a shard that was rewritten is reopened
    return ArrayRecordReader(path, "readahead_buffer_size:0")
