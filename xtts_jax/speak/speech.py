"""What a synthesizer gives: speech, its segments, and when each word of it is said."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.sound_file import Encoding, SoundFile, chosen_format
from xtts_jax.speak.words import Written

SOME_HZ = 22050  # a usual rate: whether a file can be written hardly depends on it


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
    written: Callable[[], tuple[Written, ...]] = tuple  # finds the words of the text, and their symbols

    def span(self, first: int, end: int, frame_s: float) -> tuple[float, float]:
        """From when to when, in seconds, the tokens `first` to `end - 1` are said."""
        borders = self.start_frame + np.concatenate([[0], np.cumsum(self.durations)])
        return round(float(borders[first]) * frame_s, 4), round(float(borders[end]) * frame_s, 4)

    def words(self, frame_s: float) -> list[Word]:
        return [  # token 0 is <start>
            Word(text, self.symbols[first:end], *self.span(first + 1, end + 1, frame_s))
            for text, first, end in self.written()
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
    frame_s: float  # seconds of a mel frame
    spoken_by: str = ""  # the name of the run

    @property
    def words(self) -> list[Word]:
        """All that are said, in order."""
        return [word for segment in self.segments for word in segment.words(self.frame_s)]

    def save(self, path: str | Path, *, sample_rate: int | None = None, bits: int = 16) -> float:
        """Writes a file, whose folder is made; returns by how many dB the speech was lowered.

        The suffix names the format: .wav, .flac, .mp3, .ogg (Vorbis) or .opus; WAV and FLAC can have 24 bits,
        WAV 32 (floats). Its tags say that the speech is synthetic. The result is 0 unless a peak passes 1:
        the whole is lowered then, and nothing clipped. Raises `FieldError` for what cannot be written.
        """
        return save_while_spoken(iter([self]), path, sample_rate=sample_rate, bits=bits).lowered_db

    @property
    def tags(self) -> dict[str, str]:
        """What a file says of it."""
        by = f" by {self.spoken_by}" if self.spoken_by else ""
        return {
            "comment": f"Synthetic speech, spoken{by} and not by a person.",
            "software": "xtts_jax",
            "date": date.today().isoformat(),
        }


class Saved(NamedTuple):
    """What is left of speech that was written to a file while it was made."""

    speech: Speech  # without audio
    seconds: float
    lowered_db: float  # 0 unless a peak passed 1


def joined(pieces: Sequence[Speech]) -> Speech:
    """The pieces of a text, one after the other."""
    return pieces[0]._replace(
        audio=np.concatenate([piece.audio for piece in pieces]),
        mel=np.concatenate([piece.mel for piece in pieces]),
        segments=tuple(segment for piece in pieces for segment in piece.segments),
        unknown=tuple(dict.fromkeys(symbol for piece in pieces for symbol in piece.unknown)),
        remark=" ".join(dict.fromkeys(piece.remark for piece in pieces if piece.remark)),
    )


def save_while_spoken(
    pieces: Iterator[Speech],
    path: str | Path,
    *,
    sample_rate: int | None = None,
    bits: int = 16,
    keep_mel: bool = False,
) -> Saved:
    """As `Speech.save`, with one piece at a time in memory, and its mel afterwards if `keep_mel`."""
    path, kept, samples, encoding = Path(path), [], 0, Encoding(sample_rate, bits)
    first = next(pieces)  # before there is a file
    chosen_format(path, first.sample_rate, encoding)
    path.parent.mkdir(parents=True, exist_ok=True)
    with SoundFile(path, first.sample_rate, encoding, first.tags) as file:
        for piece in chain([first], pieces):
            file.write(piece.audio)
            samples += len(piece.audio)
            silent = piece._replace(audio=np.zeros(0, np.float32))
            kept.append(silent if keep_mel else silent._replace(mel=piece.mel[:0].copy()))
    return Saved(joined(kept), samples / first.sample_rate, file.lowered_db)


def require_format(path: Path, sample_rate: int | None, bits: int) -> None:
    """Raises the `FieldError` of `Speech.save` for a file that could not be written like this."""
    chosen_format(path, SOME_HZ, Encoding(sample_rate, bits))
