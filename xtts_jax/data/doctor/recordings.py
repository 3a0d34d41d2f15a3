"""Properties of a single recording: of its first bytes and header, and of its samples."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio import io
from xtts_jax.audio.faults import bandwidth_hz, clipped
from xtts_jax.errors import UserError

_FLOOR_PERCENTILE, _LOUD_PERCENTILE = 5, 90  # percentiles of the power of 10 ms blocks: pauses, vowels
_SMALLEST_POWER = 1e-12
_MIDDLE_BYTES = 4096
_NOTHING = io.Header("", 0, 0, 0)
BEYOND = 2.0  # times full scale; loud mixes and MP3s overshoot by less
UNDECODABLE, DAMAGED = "its samples cannot be decoded", "its samples are damaged"

# first bytes -> what a file is that libsndfile cannot read
_SIGNS = (
    (b"version https://git-lfs", "a Git LFS pointer instead of the recording (run `git lfs pull`)"),
    (b"<", "an HTML or XML page, probably from a failed download"),
    (b"{", "a JSON text, probably from a failed download"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1aE\xdf\xa3", "WebM or Matroska (convert it to FLAC)"),
    (b"#!AMR", "an AMR phone recording (convert it to FLAC)"),
    (b"0&\xb2u", "Windows Media audio (convert it to FLAC)"),
    (b"RIFF", "a damaged WAV"),
    (b"fLaC", "a damaged FLAC"),
    (b"OggS", "a damaged OGG"),
    (b"ID3", "a damaged MP3"),
)


class Recording(NamedTuple):
    """A file according to its header."""

    bytes: int
    header: io.Header  # all zero if it cannot be read
    seconds: float
    truncated: bool  # shorter than the header says; only for WAV, others show it when decoded
    complaint: str = ""  # why it cannot be read


class Sound(NamedTuple):
    """A file according to its samples."""

    seconds: float
    sample_rate: int
    reach_hz: float  # the highest frequency that is in it
    lead_s: float  # silence before the speech
    tail_s: float  # silence after the speech
    loudest_db: float  # RMS of the loudest 10 ms, dB of full scale
    noise_db: float  # RMS of the pauses, dB relative to the vowels
    offset: float  # mean of the samples, relative to full scale
    clipped: int  # number of samples in runs at full scale
    peak: float  # relative to full scale; above BEYOND, the other levels are relative to the peak
    digest: str  # equal for equal samples
    complaint: str = ""  # UNDECODABLE or DAMAGED, if nothing could be measured


def probe(path: Path) -> Recording:
    """Examines a file without decoding it; an unreadable file gets a complaint."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            first = file.read(32)
    except OSError as error:
        return Recording(0, _NOTHING, 0.0, False, f"a file that cannot be opened ({error.strerror})")
    try:
        header = io.read_header(path)
    except UserError:
        return Recording(size, _NOTHING, 0.0, False, _kind(first, size))
    if header.frames <= 0:
        return Recording(size, _NOTHING, 0.0, False, "a header without samples")
    return Recording(size, header, header.frames / header.sample_rate, io.is_cut_short(path))


def listen(path: Path, trim_db: float) -> Sound:
    """Decodes a recording at its own sample rate and measures it."""
    try:
        channels, rate = io.read_channels(path)
    except UserError:
        return _unheard(UNDECODABLE)
    if io.is_damaged(channels):
        return _unheard(DAMAGED)
    peak = float(np.abs(channels).max())
    if peak > BEYOND:
        channels /= np.float32(peak)
    audio = io.mono(channels)
    offset = float(audio.mean())
    audio = audio - offset
    start, stop = io.speech_span(audio, rate, trim_db)
    power = io.block_power(audio, rate) / (0.01 * rate) + _SMALLEST_POWER
    floor, loud = np.percentile(power, [_FLOOR_PERCENTILE, _LOUD_PERCENTILE])
    return Sound(
        seconds=len(audio) / rate,
        sample_rate=rate,
        reach_hz=bandwidth_hz(audio, rate),
        lead_s=start / rate,
        tail_s=(len(audio) - stop) / rate,
        loudest_db=10 * float(np.log10(power.max())),
        noise_db=10 * float(np.log10(floor / loud)),
        offset=offset,
        clipped=max(map(clipped, channels.T)),
        peak=peak,
        digest=hashlib.blake2b(np.round(channels * 32767).astype("<i4").tobytes()).hexdigest(),
    )


def _unheard(complaint: str) -> Sound:
    return Sound(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", complaint)


def identical(sizes: dict[Path, int]) -> list[list[Path]]:
    """Groups of files with the same bytes; only files of equal size are opened."""
    groups = _split([sorted(sizes)], lambda path: sizes[path])
    return _split(_split(groups, lambda path: _middle(path, sizes[path])), _content)


def _split(groups: Iterable[list[Path]], key: Callable[[Path], int | bytes]) -> list[list[Path]]:
    """Splits each group by a key and drops parts with a single file."""
    parts = []
    for group in groups:
        by_key = defaultdict(list)
        for path in group:
            by_key[key(path)].append(path)
        parts += [part for part in by_key.values() if len(part) > 1]
    return parts


def _middle(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, size // 2 - _MIDDLE_BYTES // 2))
        return file.read(_MIDDLE_BYTES)


def _content(path: Path) -> bytes:
    return hashlib.blake2b(path.read_bytes()).digest()


def _kind(first: bytes, size: int) -> str:
    if not size:
        return "an empty file"
    if not any(first):
        return "nothing but zeros"
    if first[4:8] == b"ftyp":
        return "MPEG-4 audio (m4a; convert it to FLAC)"
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for sign, kind in _SIGNS if text.startswith(sign)), "an unknown format")
