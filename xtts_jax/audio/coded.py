"""Recordings as bytes: decoded within limits, and encoded while they are being made."""

import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

from xtts_jax.audio.faults import clipped
from xtts_jax.audio.io import is_damaged, mono, resample, resampler
from xtts_jax.errors import FieldError, UserError, either

READABLE = ("WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3")  # libsndfile's names of containers
MOST_CHANNELS = 8
RATES = (4000, 384_000)
WAV = "audio/wav"
_UNKNOWN_LENGTH = 2**32 - 1  # in the header of a WAV file that is being made
_WAV_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


class Recording(NamedTuple):
    audio: np.ndarray  # (s,) float32, mono, without DC offset
    clipped: int  # samples at full scale


class Format(NamedTuple):
    media_type: str
    container: tuple[str, str] | None  # libsndfile's names of file and coding; None: plain 16-bit samples
    sample_rate: int = 0  # Hz; 0: that of the speech
    grows: bool = True  # its first bytes can be used before its last are known


FORMATS = {
    "mp3": Format("audio/mpeg", ("MP3", "MPEG_LAYER_III")),
    "opus": Format("audio/ogg", ("OGG", "OPUS"), 24000),
    "flac": Format("audio/flac", ("FLAC", "PCM_16"), grows=False),
    "wav": Format(WAV, None),
    "pcm": Format(
        "audio/pcm", None, 24000
    ),  # the rate that OpenAI's clients expect of samples without header
}


def load_libraries() -> None:
    """Imports what decoding needs, for a process that may open no file afterwards."""
    import soundfile  # noqa: F401
    import soxr  # noqa: F401


def decode(data: bytes, sample_rate: int, longest_s: float) -> Recording:
    """A file of one of the READABLE kinds at `sample_rate`.

    No more than `longest_s` is decoded, whatever its header says. Raises `UserError` for anything else.
    """
    import soundfile

    try:
        with soundfile.SoundFile(BytesIO(data)) as file:
            _require_usual(file, longest_s)
            rate = file.samplerate
            channels = file.read(int(longest_s * rate), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, TypeError, ValueError) as error:
        raise _unreadable(getattr(error, "error_string", str(error))) from error
    if not len(channels):
        raise _unreadable("it has no samples")
    if is_damaged(channels):
        raise _unreadable("some of its samples are not finite numbers")
    audio = mono(channels)
    centered = resample(audio - audio.mean(), rate, sample_rate)
    return Recording(np.ascontiguousarray(centered, np.float32), clipped(audio))


def _require_usual(file: Any, longest_s: float) -> None:
    if file.format not in READABLE:
        raise _unreadable(f"its format is {file.format}")
    if file.channels > MOST_CHANNELS:
        raise _unreadable(f"it has {file.channels} channels, and at most {MOST_CHANNELS} are read")
    least, most = RATES
    if not least <= file.samplerate <= most:
        raise _unreadable(f"its sample rate is {file.samplerate} Hz, not {least} to {most}")
    if file.frames > longest_s * file.samplerate:
        raise UserError(
            f"The recording lasts {file.frames / file.samplerate:.0f} s, and at most {longest_s:g} s are "
            "taken. Cut it: 3 to 30 s of one person speaking are best."
        )


def _unreadable(reason: str) -> UserError:
    return UserError(
        f"The recording cannot be read: {reason.rstrip('.')}. Give a WAV, FLAC, OGG or MP3 file in its own "
        "format, whatever its name."
    )


def format_of(name: str) -> Format:
    """`FieldError`, which names `response_format`, for one that the libraries here cannot write."""
    writable = list(_writable())
    if name not in writable:
        raise FieldError(
            "{response_format} must be {known}, not {name!r}, which this server cannot write.",
            known=either(writable),
            name=name[:40],
        )
    return FORMATS[name]


def _writable() -> Iterator[str]:
    import soundfile

    for name, (_, container, *_) in FORMATS.items():
        if container is None or container[1] in soundfile.available_subtypes(container[0]):
            yield name


class Encoder:
    """Mono speech to the bytes of a format, piece by piece; what passes full scale is clipped.

    encoder = Encoder(FORMATS["mp3"], 22050)
    send(encoder.add(audio))
    send(encoder.end())
    """

    def __init__(self, kind: Format, sample_rate: int) -> None:
        """sample_rate: of what is added, in Hz."""
        self.sample_rate = kind.sample_rate or sample_rate
        self._resampler = resampler(sample_rate, self.sample_rate)
        if kind.container:
            self._writer = _Coded(kind.container, kind.grows, self.sample_rate)
        else:
            self._writer = _Plain(_wav_header(self.sample_rate) if kind.media_type == WAV else b"")

    def add(self, audio: np.ndarray) -> bytes:
        return self._writer.add(self._resampled(audio, last=False))

    def end(self) -> bytes:
        """What is left."""
        rest = self._resampled(np.zeros(0, np.float32), last=True)
        return self._writer.add(rest) + self._writer.end()

    def _resampled(self, audio: np.ndarray, *, last: bool) -> np.ndarray:
        if self._resampler is not None:
            audio = self._resampler.resample_chunk(np.asarray(audio, np.float32), last=last)
        return np.clip(audio, -1, 1)


def whole(pieces: Sequence[np.ndarray], kind: Format, sample_rate: int) -> bytes:
    """A finished file, whose header knows its length; all of it is lowered where it passes full scale."""
    peak = max([1.0, *(float(np.abs(piece).max(initial=0)) for piece in pieces)])
    encoder = Encoder(kind._replace(grows=False), sample_rate)
    file = b"".join([*(encoder.add(piece / peak) for piece in pieces), encoder.end()])
    if kind.media_type != WAV:
        return file
    return _wav_header(encoder.sample_rate, len(file) - _WAV_HEADER.size) + file[_WAV_HEADER.size :]


def _wav_header(rate: int, size: int = _UNKNOWN_LENGTH) -> bytes:
    riff = b"RIFF", min(size + _WAV_HEADER.size - 8, _UNKNOWN_LENGTH), b"WAVE"
    return _WAV_HEADER.pack(*riff, b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size)


class _Plain:
    """16-bit samples, little-endian, after a header."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def add(self, audio: np.ndarray) -> bytes:
        header, self._header = self._header, b""
        return header + np.round(audio * 32767).astype("<i2").tobytes()

    def end(self) -> bytes:
        return self._header


class _Coded:
    """By libsndfile; a format that cannot grow gives all of its bytes at the end."""

    def __init__(self, container: tuple[str, str], grows: bool, sample_rate: int) -> None:
        import soundfile

        name, coding = container
        # A decoder guesses how long an MP3 stream is by the bitrate of its first frames.
        steady = {"bitrate_mode": "CONSTANT", "compression_level": 0.5} if name == "MP3" else {}
        self._written, self._given, self._grows = BytesIO(), 0, grows
        self._file = soundfile.SoundFile(
            self._written, "w", sample_rate, 1, format=name, subtype=coding, **steady
        )

    def __del__(self) -> None:
        """Closes what was given up halfway, while there still is something for it to write to."""
        self._file.close()

    def add(self, audio: np.ndarray) -> bytes:
        self._file.write(audio)
        return self._new() if self._grows else b""

    def end(self) -> bytes:
        self._file.close()
        return self._new()

    def _new(self) -> bytes:
        """The bytes that were not given yet; corrections of earlier ones are lost."""
        self._written.seek(self._given)
        new = self._written.read()
        self._given += len(new)
        return new
