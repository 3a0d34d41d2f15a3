"""Magnitudes at any resolution: what spectral losses compare and spectral discriminators look at."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.stft import stft, window
from xtts_jax.config import Audio


def magnitude(audio: Float[Array, "b s"], n_fft: int, settings: Audio) -> Float[Array, "b t f"]:
    """|STFT|, window n_fft and hop a quarter of it; white noise of rms 1 has rms 1 in every bin.

    n_fft is divisible by 8; s is more than 3/8 of it.
    """
    resolution = replace(settings, n_fft=n_fft, hop_length=n_fft // 4, win_length=n_fft)
    return jnp.abs(stft(audio, resolution)) / np.linalg.norm(window(resolution))
