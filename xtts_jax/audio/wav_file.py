"""A WAV file written piece by piece, whole or not at all."""

import math
import os
import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from xtts_jax.errors import UserError

_FULL_SCALE = 32767
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_MOST_BYTES = 2**32 - _HEADER.size  # 27 hours at 22050 Hz
_BLOCK = 2**20  # bytes that are lowered at a time


class WavFile:
    """16-bit PCM, mono. Until it is closed, the samples are in a temporary file beside `path`.

        with WavFile("out.wav", 22050) as file:
            file.write(audio)

    A sample beyond 1 lowers the whole file, also what is written already, so that nothing is clipped.
    """

    def __init__(self, path: str | Path, sample_rate: int) -> None:
        self._path, self._rate = Path(path), sample_rate
        self._temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        self._peak, self._bytes = 1.0, 0
        self._stream: BinaryIO = self._temporary.open("w+b")
        self._stream.write(bytes(_HEADER.size))

    @property
    def lowered_db(self) -> float:
        """By how much all that is written was lowered."""
        return 20 * math.log10(self._peak)

    def __enter__(self) -> "WavFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._stream:
                self._stream.seek(0)
                self._stream.write(self._header())
            if kind is None:
                self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def write(self, audio: np.ndarray) -> None:
        """Appends (s,) samples. Raises `UserError` for values that are not finite."""
        audio = np.asarray(audio, np.float32)
        if not np.isfinite(audio).all():
            raise UserError(
                f"Cannot save {self._path}: the waveform has values that are not finite, so the model that "
                "made it has diverged. Use an earlier checkpoint."
            )
        self._bytes += 2 * len(audio)
        if self._bytes > _MOST_BYTES:
            raise UserError(f"{self._path} would be longer than a WAV file can be, 4 GiB. Divide the text.")
        peak = float(np.abs(audio).max(initial=self._peak))
        if peak > self._peak:
            self._lower(self._peak / peak)
            self._peak = peak
        self._stream.write(_pcm(audio * (_FULL_SCALE / peak)))

    def _lower(self, factor: float) -> None:
        self._stream.seek(_HEADER.size)
        while block := self._stream.read(_BLOCK):
            self._stream.seek(-len(block), os.SEEK_CUR)
            self._stream.write(_pcm(np.frombuffer(block, "<i2") * factor))

    def _header(self) -> bytes:
        size, rate = self._bytes, self._rate
        riff, form = (b"RIFF", size + _HEADER.size - 8, b"WAVE"), (b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
        return _HEADER.pack(*riff, *form, b"data", size)


def _pcm(values: np.ndarray) -> bytes:
    return np.round(values).astype("<i2").tobytes()
