"""What a synthesizer gives: speech, its segments, and when each word of it is said."""

from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from xtts_jax.audio import io
from xtts_jax.errors import FieldError
from xtts_jax.speak.words import Written


class Word(NamedTuple):
    """A written word, how it is pronounced, and when."""

    text: str
    symbols: str
    start_s: float
    end_s: float


class Segment(NamedTuple):
    """A piece of the text that was spoken in one go, and when."""

    text: str  # as it is written, without markup
    symbols: str
    start_frame: int
    durations: np.ndarray  # (len(symbols) + 2,) frames: <start>, every symbol, <end>
    written: tuple[Written, ...] = ()  # the words of the text, and their symbols

    def span(self, first: int, end: int, frame_s: float) -> tuple[float, float]:
        """From when to when, in seconds, the tokens `first` to `end - 1` are said."""
        borders = self.start_frame + np.concatenate([[0], np.cumsum(self.durations)])
        return round(float(borders[first]) * frame_s, 4), round(float(borders[end]) * frame_s, 4)

    def words(self, frame_s: float) -> list[Word]:
        return [  # token 0 is <start>
            Word(text, self.symbols[first:end], *self.span(first + 1, end + 1, frame_s))
            for text, first, end in self.written
        ]


class Drawing(NamedTuple):
    """A text as mel, before any vocoder."""

    mel: np.ndarray  # (t, m) natural log
    segments: tuple[Segment, ...]
    unknown: tuple[str, ...]  # symbols that the run never saw, which were left out


class Speech(NamedTuple):
    """A text as sound."""

    audio: np.ndarray  # (s,) float32, the same number of samples for each frame; peaks may pass 1
    mel: np.ndarray  # (t, m) natural log
    sample_rate: int  # Hz
    segments: tuple[Segment, ...]
    unknown: tuple[str, ...]  # symbols that the run never saw, which were left out
    remark: str  # what the vocoder could not do; "" where all went well

    @property
    def frame_s(self) -> float:
        """Seconds of a mel frame."""
        return len(self.audio) / len(self.mel) / self.sample_rate

    @property
    def words(self) -> list[Word]:
        """All that are said, in order."""
        return [word for segment in self.segments for word in segment.words(self.frame_s)]

    def save(self, path: str | Path) -> float:
        """Writes a 16-bit WAV file, whose folder is made; returns by how many dB the speech was lowered.

        That is 0 unless a peak passes 1: the whole is lowered then, and nothing clipped. Raises `FieldError`
        for a name that does not end in .wav.
        """
        path = wav_path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        return io.save(path, self.audio, self.sample_rate)

    def write(self, stream: BinaryIO) -> float:
        """As `save`, to a stream such as standard output."""
        return io.write(stream, self.audio, self.sample_rate)


def wav_path(path: str | Path) -> Path:
    """`path`; `FieldError` where its name does not end in .wav."""
    path = Path(path)
    if path.suffix.lower() != ".wav":
        raise FieldError(
            "{path} must name a WAV file, such as {right}, not {name}.",
            right=path.with_suffix(".wav").name if path.name else "speech.wav",
            name=path.name or path,
        )
    return path
