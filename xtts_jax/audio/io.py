"""Reading, writing and preprocessing of recordings; not imported by training from shards."""

import math
import os
import wave
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from xtts_jax.errors import UserError

PEAK = 0.999  # highest sample after loudness normalization
BLOCK_S = 0.01  # length of the blocks whose level `trim` measures
_MARGIN_S = 0.05  # what `trim` keeps before and after the speech
_SHORTEST_S = 0.4  # one gating block of BS.1770
_FULL_SCALE = 32767  # the largest 16-bit sample
_DAMAGED = 2.0**32  # times full scale; more than floats that lack the division by an integer's full scale


class Header(NamedTuple):
    format: str  # libsndfile's name of the container: WAV, FLAC, OGG, MP3 ...
    sample_rate: int
    channels: int
    frames: int  # according to the header; a damaged file may have fewer


def read_header(path: str | Path) -> Header:
    """The header of a recording, without decoding it; raises `UserError` if it is not audio."""
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise _no_audio(path, _why(path, error)) from error
    return Header(info.format, info.samplerate, info.channels, info.frames)


def is_cut_short(path: Path) -> bool:
    """Whether a file is shorter than its RIFF header says; 0 and the maximum there mean unknown."""
    with path.open("rb") as file:
        first = file.read(8)
    promised = int.from_bytes(first[4:], "little")
    return first[:4] == b"RIFF" and 0 < promised < 2**32 - 256 and promised + 8 > path.stat().st_size + 1


def read_channels(path: str | Path) -> tuple[np.ndarray, int]:
    """An unchanged recording, (samples, channels) float32, and its rate in Hz.

    Raises `UserError` like `load`, except for damaged samples.
    """
    import soundfile

    try:
        channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise _no_audio(path, _why(path, error)) from error
    if not len(channels):
        raise _no_audio(path, "it has no samples")
    return channels, rate


def is_damaged(channels: np.ndarray) -> bool:
    """Whether any sample is not finite, or larger than any format's full scale."""
    return not bool((np.abs(channels) < _DAMAGED).all())


def load(path: str | Path, sample_rate: int) -> np.ndarray:
    """A recording in any format of libsndfile as mono float32 at sample_rate, without DC offset.

    Raises `UserError` if the file is missing, broken, empty or damaged.
    """
    channels, rate = read_channels(path)
    if is_damaged(channels):
        raise _no_audio(path, "some of its samples are not finite numbers")
    audio = mono(channels)
    audio = resample(audio - audio.mean(), rate, sample_rate)
    if not len(audio):
        raise _no_audio(path, "it has no samples")
    return np.ascontiguousarray(audio)


def mono(channels: np.ndarray) -> np.ndarray:
    """The loudest of (samples, channels).

    Channels of opposite sign cancel in a mean, and microphones at different distances filter it like a comb.
    """
    return channels[:, channels.var(axis=0).argmax()]


def resample(audio: np.ndarray, rate: int | float, sample_rate: int | float) -> np.ndarray:
    """Resamples a clip (s,) from `rate` to `sample_rate`."""
    import soxr

    return audio if rate == sample_rate else soxr.resample(audio, rate, sample_rate, quality="HQ")


def resampler(rate: int, sample_rate: int) -> Any:
    """A `soxr.ResampleStream` that does the same to pieces of a clip; None where the rates are equal."""
    import soxr

    return None if rate == sample_rate else soxr.ResampleStream(rate, sample_rate, 1, quality="HQ")


def trim(audio: np.ndarray, sample_rate: int, top_db: float) -> np.ndarray:
    """The clip without ends that are top_db below its loudest 10 ms, but with a margin of 50 ms.

    Digital silence is not trimmed.
    """
    start, stop = speech_span(audio, sample_rate, top_db)
    margin = round(_MARGIN_S * sample_rate)
    return audio[max(0, start - margin) : stop + margin]


def speech_span(audio: np.ndarray, sample_rate: int, top_db: float) -> tuple[int, int]:
    """First sample and end of the part of a clip (s,) that is within top_db of its loudest 10 ms."""
    power = block_power(audio, sample_rate)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-top_db / 10))
    block = _block(sample_rate)
    return int(loud[0]) * block, min(int(loud[-1] + 1) * block, len(audio))


def block_power(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Sum of squares of each 10 ms block of a clip (s,); the last is padded with silence."""
    blocks = np.pad(audio, (0, -len(audio) % _block(sample_rate))).reshape(-1, _block(sample_rate))
    return np.einsum("ij,ij->i", blocks, blocks)


def _block(sample_rate: int) -> int:
    return max(1, round(BLOCK_S * sample_rate))


def normalize_loudness(audio: np.ndarray, sample_rate: int, lufs: float) -> np.ndarray:
    """The clip scaled to a loudness (ITU-R BS.1770-4, LUFS), or lower if its peak would exceed PEAK.

    Raises `UserError` if the clip is shorter than 0.4 s or silent.
    """
    import pyloudnorm

    if len(audio) < _SHORTEST_S * sample_rate:
        raise UserError(
            f"The clip lasts {len(audio) / sample_rate:.2f} s, but measuring loudness (BS.1770) takes at "
            f"least {_SHORTEST_S} s. Leave it out, or raise data.trim_db if it was longer before trimming."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        loudness = pyloudnorm.Meter(sample_rate).integrated_loudness(audio.astype(np.float64))
    if not np.isfinite(loudness):
        raise UserError("The clip is silent: nothing in it is louder than -70 LUFS. Leave it out.")
    gain = min(10 ** ((lufs - loudness) / 20), PEAK / float(np.abs(audio).max()))
    return (audio * np.float32(gain)).astype(np.float32)


def save(path: str | Path, audio: np.ndarray, sample_rate: int) -> float:
    """Writes a mono waveform (s,) as 16-bit PCM WAV, scaled down as a whole if it exceeds 1.

    Needs no audio library. Returns the attenuation in dB, usually 0; nothing is clipped. Raises `UserError`
    for values that are not finite.
    """
    path = Path(path)
    require_finite(audio, path)
    peak = float(np.abs(audio).max(initial=1.0))
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with wave.open(str(temporary), "wb") as file:
        file.setparams((1, 2, sample_rate, len(audio), "NONE", ""))
        file.writeframes(np.round(audio * (_FULL_SCALE / peak)).astype("<i2").tobytes())
    temporary.replace(path)
    return 20 * math.log10(peak)


def require_finite(audio: np.ndarray, path: str | Path) -> None:
    """Raises `UserError` for a waveform that cannot be saved in `path`."""
    if not np.isfinite(audio).all():
        raise UserError(
            f"Cannot save {path}: the waveform has values that are not finite, so the model that made it has "
            "diverged. Use an earlier checkpoint."
        )


def save_flac(path: str | Path, audio: np.ndarray, sample_rate: int) -> None:
    """Writes a mono waveform (s,) as 16-bit FLAC, scaled down as a whole if it exceeds 1."""
    import soundfile

    soundfile.write(path, audio / max(1.0, float(np.abs(audio).max())), sample_rate, subtype="PCM_16")


def _why(path: str | Path, error: Exception) -> str:
    """Why a file cannot be read; libsndfile only says of an empty one that it does not know its format."""
    path = Path(path)
    return "the file is empty (0 bytes)" if path.is_file() and not path.stat().st_size else str(error)


def _no_audio(path: str | Path, reason: str) -> UserError:
    return UserError(
        f"{path} is not readable audio: {reason.rstrip('.')}. "
        "Give a recording in WAV, FLAC, OGG or MP3, or leave the file out."
    )
