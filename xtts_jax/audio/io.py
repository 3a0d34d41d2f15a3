"""Recordings in and out, and what preparation does to them. Not imported by training from shards."""

import wave
from pathlib import Path

import numpy as np

from xtts_jax.errors import UserError

PEAK = 0.999  # the highest sample that loudness normalisation may make
_BLOCK_S = 0.01  # trim measures the level of blocks of this length
_MARGIN_S = 0.05  # and keeps this much of what is around the speech
_SHORTEST_S = 0.4  # one gating block of BS.1770


def load(path: str | Path, sample_rate: int) -> np.ndarray:
    """A recording as mono float32 at sample_rate, of any format libsndfile reads; channels are averaged.

    Raises UserError for a file that is missing, broken or empty.
    """
    import soundfile
    import soxr

    try:
        channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise _no_audio(path, str(error)) from error
    audio = channels[:, 0] if channels.shape[1] == 1 else channels.mean(axis=1)
    if rate != sample_rate:
        audio = soxr.resample(audio, rate, sample_rate, quality="HQ")
    if not len(audio):
        raise _no_audio(path, "it holds no samples")
    if not np.isfinite(audio).all():
        raise _no_audio(path, "some of its samples are no finite numbers")
    return np.ascontiguousarray(audio)


def trim(audio: np.ndarray, sample_rate: int, top_db: float) -> np.ndarray:
    """The clip without the ends that lie top_db under its loudest 10 ms, save a margin of 50 ms.

    A clip of digital silence comes back whole.
    """
    block = max(1, round(_BLOCK_S * sample_rate))
    padded = np.pad(audio, (0, -len(audio) % block)).reshape(-1, block)
    power = np.einsum("ij,ij->i", padded, padded)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-top_db / 10))
    margin = round(_MARGIN_S * sample_rate)
    start = max(0, loud[0] * block - margin)
    return audio[start : (loud[-1] + 1) * block + margin]


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


def save(path: str | Path, audio: np.ndarray, sample_rate: int) -> None:
    """Write a mono (s,) waveform as 16-bit PCM WAV; one that passes 1 is scaled down as a whole."""
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


def _no_audio(path: str | Path, reason: str) -> UserError:
    return UserError(
        f"{path} is no audio that can be read: {reason.rstrip('.')}. "
        "Give a recording in WAV, FLAC, OGG or MP3, or leave the file out."
    )
