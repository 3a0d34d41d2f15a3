"""Errors of predictions that need no model: what a model must beat to have learned anything."""

from dataclasses import dataclass

import jax
import numpy as np

from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Audio
from xtts_jax.types import Batch


@dataclass(frozen=True)
class Baselines:
    """Mean absolute errors in nat.

    constant: the best constant spectrum, the median of each bin. previous: each frame a copy of the
    recording's frame before it.
    """

    constant: float
    previous: float


def baselines(batches: list[Batch], settings: Audio, valid: list[np.ndarray]) -> Baselines:
    """Over the real frames of the examples where `valid` is True."""
    compute = jax.jit(log_mel, static_argnums=1)
    mels = [
        mel[:length]
        for batch, keep in zip(batches, valid, strict=True)
        for mel, length in zip(
            np.asarray(compute(to_float32(batch.audio), settings))[keep], batch.mel_lengths[keep], strict=True
        )
    ]
    frames = np.concatenate(mels)
    return Baselines(
        constant=best_constant_error(frames),
        previous=float(np.concatenate([np.abs(np.diff(mel, axis=0)) for mel in mels]).mean()),
    )


def best_constant_error(frames: np.ndarray) -> float:
    """Mean absolute error (nat) of the best constant spectrum over log-mel frames (k, m)."""
    return float(np.abs(frames - np.median(frames, axis=0)).mean())
