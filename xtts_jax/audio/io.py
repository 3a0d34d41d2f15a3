"""Recordings in and out, and what preparation does to them. Not imported by training from shards."""

import math
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.errors import UserError

PEAK = 0.999  # the highest sample that loudness normalisation may make
BLOCK_S = 0.01  # trim measures the level of blocks of this length
_MARGIN_S = 0.05  # and keeps this much of what is around the speech
_SHORTEST_S = 0.4  # one gating block of BS.1770
_DAMAGED = 2.0**32  # of full scale; floats that were never divided by an integer's full scale stay under it


class Header(NamedTuple):
    format: str  # libsndfile's name of the container: WAV, FLAC, OGG, MP3 ...
    sample_rate: int
    channels: int
    frames: int  # as the header says; a damaged file may hold fewer


def read_header(path: str | Path) -> Header:
    """What a recording says it is, without decoding it; UserError where it is no audio."""
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise _no_audio(path, str(error)) from error
    return Header(info.format, info.samplerate, info.channels, info.frames)


def read_channels(path: str | Path) -> tuple[np.ndarray, int]:
    """A recording as it is, (samples, channels) float32, and its rate in Hz; UserError as of `load`.

    Samples may be damaged.
    """
    import soundfile

    try:
        channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise _no_audio(path, str(error)) from error
    if not len(channels):
        raise _no_audio(path, "it holds no samples")
    return channels, rate


def is_damaged(channels: np.ndarray) -> bool:
    """Whether a sample is no finite number, or beyond what any format calls full scale."""
    return not bool((np.abs(channels) < _DAMAGED).all())


def load(path: str | Path, sample_rate: int) -> np.ndarray:
    """A recording as mono float32 at sample_rate, of any format libsndfile reads; channels are averaged.

    Raises UserError for a file that is missing, broken, empty or damaged.
    """
    channels, rate = read_channels(path)
    if is_damaged(channels):
        raise _no_audio(path, "some of its samples are no finite numbers")
    audio = channels[:, 0] if channels.shape[1] == 1 else channels.mean(axis=1)
    audio = resample(audio, rate, sample_rate)
    if not len(audio):
        raise _no_audio(path, "it holds no samples")
    return np.ascontiguousarray(audio)


def resample(audio: np.ndarray, rate: int | float, sample_rate: int | float) -> np.ndarray:
    """A (s,) clip of one rate at another."""
    import soxr

    return audio if rate == sample_rate else soxr.resample(audio, rate, sample_rate, quality="HQ")


def trim(audio: np.ndarray, sample_rate: int, top_db: float) -> np.ndarray:
    """The clip without the ends that lie top_db under its loudest 10 ms, save a margin of 50 ms.

    A clip of digital silence comes back whole.
    """
    start, stop = speech_span(audio, sample_rate, top_db)
    margin = round(_MARGIN_S * sample_rate)
    return audio[max(0, start - margin) : stop + margin]


def speech_span(audio: np.ndarray, sample_rate: int, top_db: float) -> tuple[int, int]:
    """From which sample to which the clip (s,) is less than top_db under its loudest 10 ms."""
    power = block_power(audio, sample_rate)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-top_db / 10))
    block = _block(sample_rate)
    return int(loud[0]) * block, min(int(loud[-1] + 1) * block, len(audio))


def block_power(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Sum of squares in each 10 ms of the clip (s,); the last is padded with silence."""
    blocks = np.pad(audio, (0, -len(audio) % _block(sample_rate))).reshape(-1, _block(sample_rate))
    return np.einsum("ij,ij->i", blocks, blocks)


def _block(sample_rate: int) -> int:
    return max(1, round(BLOCK_S * sample_rate))


def normalize_loudness(audio: np.ndarray, sample_rate: int, lufs: float) -> np.ndarray:
    """The clip at a loudness (ITU-R BS.1770-4, LUFS), or below it where its peak would pass PEAK.

    Raises UserError for a clip that is shorter than 0.4 s or silent.
    """
    import pyloudnorm

    if len(audio) < _SHORTEST_S * sample_rate:
        raise UserError(
            f"The clip lasts {len(audio) / sample_rate:.2f} s; its loudness (BS.1770) can be measured from "
            f"{_SHORTEST_S} s. Leave it out, or raise data.trim_db if it was longer before trimming."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        loudness = pyloudnorm.Meter(sample_rate).integrated_loudness(audio.astype(np.float64))
    if not np.isfinite(loudness):
        raise UserError("The clip is silent: nothing in it is louder than -70 LUFS. Leave it out.")
    gain = min(10 ** ((lufs - loudness) / 20), PEAK / float(np.abs(audio).max()))
    return (audio * np.float32(gain)).astype(np.float32)


def save(path: str | Path, audio: np.ndarray, sample_rate: int) -> float:
    """Write a mono (s,) waveform as 16-bit PCM WAV; one that passes 1 is scaled down as a whole.

    Returns by how many dB, 0 for most: nothing is ever clipped.
    """
    audio = np.asarray(audio, np.float32)
    if not np.isfinite(audio).all():
        raise UserError(
            f"Cannot save {path}: the waveform holds values that are no finite numbers. The model that made "
            "it has diverged: go back to an earlier checkpoint."
        )
    peak = float(np.abs(audio).max(initial=1.0))
    pcm = np.round(audio * (32767 / peak)).astype("<i2")
    with Path(path).open("wb") as stream, wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm.tobytes())
    return 20 * math.log10(peak)


def save_flac(path: str | Path, audio: np.ndarray, sample_rate: int) -> None:
    """Write a mono (s,) waveform as 16-bit FLAC; one that passes 1 is scaled down as a whole."""
    import soundfile

    soundfile.write(path, audio / max(1.0, float(np.abs(audio).max())), sample_rate, subtype="PCM_16")


def _no_audio(path: str | Path, reason: str) -> UserError:
    return UserError(
        f"{path} is no audio that can be read: {reason.rstrip('.')}. "
        "Give a recording in WAV, FLAC, OGG or MP3, or leave the file out."
    )
