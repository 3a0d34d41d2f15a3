"""Samples as they are stored and travel, int16, and as they are computed with, float32."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import jax

Samples = TypeVar("Samples", np.ndarray, "jax.Array")

PEAK = 32767  # int16 value of an amplitude of 1.0


def to_int16(audio: np.ndarray) -> np.ndarray:
    """Floats in [-1, 1] -> int16, clipped at full scale."""
    return np.round(np.clip(audio, -1.0, 1.0) * PEAK).astype(np.int16)


def to_float32(samples: Samples) -> Samples:
    """The inverse of `to_int16`, up to rounding; also within a compiled function."""
    return samples.astype(np.float32) / PEAK
