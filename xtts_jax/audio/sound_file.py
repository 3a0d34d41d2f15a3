"""A sound file of any common format, written piece by piece, whole or not at all."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from xtts_jax.audio.io import require_finite, resampler
from xtts_jax.errors import FieldError, either

MOST_HZ = 48000
_BLOCK = 2**18  # samples that are encoded at a time
_ANY: tuple[int, ...] = ()


class Format(NamedTuple):
    container: str  # as libsndfile calls it
    subtypes: Mapping[int, str]  # by bits a sample; lossy ones have 16
    rates: tuple[int, ...] = _ANY  # Hz that it can have


FORMATS = MappingProxyType(
    {
        ".wav": Format("WAV", {16: "PCM_16", 24: "PCM_24", 32: "FLOAT"}),
        ".flac": Format("FLAC", {16: "PCM_16", 24: "PCM_24"}),
        ".mp3": Format(
            "MP3", {16: "MPEG_LAYER_III"}, (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
        ),
        ".ogg": Format("OGG", {16: "VORBIS"}),
        ".opus": Format("OGG", {16: "OPUS"}, (8000, 12000, 16000, 24000, 48000)),
    }
)


class Encoding(NamedTuple):
    """How a file is written."""

    sample_rate: int | None = None  # Hz, 8000 to MOST_HZ; None: that of the sound, or the next that there is
    bits: int = 16  # 24 and 32, which are floats, where the format has them


AS_IT_IS = Encoding()


class SoundFile:
    """Mono, in the format that the suffix of `path` names. Until it is closed, the samples are beside it.

        with SoundFile("out.flac", 22050) as file:
            file.write(audio)

    A sample beyond 1 lowers the whole file, also what is written already, so that nothing is clipped.
    """

    def __init__(
        self,
        path: str | Path,
        sample_rate: int,
        encoding: Encoding = AS_IT_IS,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """tags: by their names in soundfile: title, comment, software, date ... Raises as `chosen_format`."""
        self._path = Path(path)
        self._format, self._rate, self._subtype = chosen_format(self._path, sample_rate, encoding)
        self._resampler = resampler(sample_rate, self._rate)
        self._tags, self._peak = tags, 1.0
        self._samples = self._path.with_name(f"{self._path.name}.{os.getpid()}.samples")
        self._stream: BinaryIO = self._samples.open("w+b")

    @property
    def lowered_db(self) -> float:
        """By how much all that is written was lowered."""
        return 20 * math.log10(self._peak)

    def __enter__(self) -> "SoundFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        finished = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            with self._stream:
                if kind is None:
                    self._append(np.zeros(0, np.float32), last=True)
                    self._encode(finished)
                    finished.replace(self._path)
        finally:
            self._samples.unlink(missing_ok=True)
            finished.unlink(missing_ok=True)

    def write(self, audio: np.ndarray) -> None:
        """Appends (s,) samples. Raises `UserError` for values that are not finite."""
        audio = np.asarray(audio, np.float32)
        require_finite(audio, self._path)
        self._append(audio)

    def _append(self, audio: np.ndarray, *, last: bool = False) -> None:
        if self._resampler:
            audio = self._resampler.resample_chunk(audio, last=last)
        self._peak = float(np.abs(audio).max(initial=self._peak))
        self._stream.write(audio.tobytes())

    def _encode(self, path: Path) -> None:
        import soundfile

        self._stream.seek(0)
        how: dict[str, Any] = {"format": self._format.container, "subtype": self._subtype}
        try:
            with soundfile.SoundFile(path, "w", self._rate, 1, **how) as file:
                for name, value in self._tags.items():
                    setattr(file, name, value)
                while block := self._stream.read(4 * _BLOCK):
                    file.write(np.frombuffer(block, np.float32) / np.float32(self._peak))
        except soundfile.SoundFileError as error:
            raise OSError(str(error)) from error


def chosen_format(path: Path, sample_rate: int, encoding: Encoding) -> tuple[Format, int, str]:
    """The format of a file, its rate in Hz, and its subtype.

    Raises `FieldError`, which names the fields `path`, `sample_rate` and `bits`, for what cannot be written.
    """
    if not path.name:
        raise FieldError("{path} names no file. Give one, such as {right}.", right=path / "speech.wav")
    chosen = FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise FieldError(
            "{path} must end in {known}, such as {right}, not {name}.",
            known=either(FORMATS),
            right=path.with_suffix(".wav").name,
            name=path.name,
        )
    if encoding.bits not in chosen.subtypes:
        raise FieldError(
            "{bits} must be {known} for {suffix} files, not {bits_given}.",
            known=either(chosen.subtypes),
            suffix=path.suffix,
            bits_given=encoding.bits,
        )
    return (
        chosen,
        _rate(chosen, path.suffix, sample_rate, encoding.sample_rate),
        chosen.subtypes[encoding.bits],
    )


def _rate(chosen: Format, suffix: str, own: int, wanted: int | None) -> int:
    if wanted is None:
        higher = [rate for rate in chosen.rates if rate >= own]
        return own if chosen.rates == _ANY else min(higher, default=max(chosen.rates))
    if wanted in (chosen.rates or range(8000, MOST_HZ + 1)):
        return wanted
    known = either(chosen.rates) if chosen.rates else f"from 8000 to {MOST_HZ}"
    raise FieldError(
        "{sample_rate} must be {known} for {suffix} files, not {wanted}.",
        known=known,
        suffix=suffix,
        wanted=wanted,
    )
