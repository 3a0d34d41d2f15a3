"""Mean and deviation of mel, pitch and energy over recordings, by which a run normalizes them."""

from collections.abc import Sequence

import jax
import numpy as np

from xtts_jax.audio.mel import energy, log_mel
from xtts_jax.config import Audio
from xtts_jax.types import Stats, round_up

FRAME_STEP = 256  # clips are padded to multiples of it, so that few shapes are compiled
STD_FLOOR = 0.1  # nat, so that a mel bin that is nearly constant is not blown up
LOG_F0_STD_FLOOR = 0.01

_log_mel = jax.jit(log_mel, static_argnums=1)
_energy = jax.jit(energy)


def features(clips: Sequence[np.ndarray], size: int, settings: Audio) -> tuple[np.ndarray, np.ndarray]:
    """Log mel (k, m) and energy (k,) of all k frames of at most `size` clips (s,), without the padding."""
    lengths = np.array([len(clip) // settings.hop_length for clip in clips] + [0] * (size - len(clips)))
    frames = int(round_up(lengths.max(), FRAME_STEP))
    audio = np.zeros((size, frames * settings.hop_length), np.float32)
    for row, clip in zip(audio, clips, strict=False):
        row[: len(clip)] = clip
    mel = _log_mel(audio, settings)
    true = np.arange(frames) < lengths[:, None]
    return np.asarray(mel)[true], np.asarray(_energy(mel))[true]


def summarize(mel: np.ndarray, energies: np.ndarray, log_f0: np.ndarray) -> Stats:
    """The statistics of log mel (k, m), energy (k,), and the log F0 of the voiced frames (v,), v > 0."""
    log_f0 = log_f0.astype(np.float64)
    return Stats(
        mel_mean=mel.mean(axis=0, dtype=np.float64),
        mel_std=np.maximum(mel.std(axis=0, dtype=np.float64), STD_FLOOR),
        log_f0_mean=float(log_f0.mean()),
        log_f0_std=float(max(log_f0.std(), LOG_F0_STD_FLOOR)),
        energy_mean=float(energies.mean(dtype=np.float64)),
        energy_std=float(max(energies.std(dtype=np.float64), STD_FLOOR)),
    )
