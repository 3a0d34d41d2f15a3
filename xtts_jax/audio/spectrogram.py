"""Magnitude spectrograms at any resolution, for spectral losses and spectrogram discriminators."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.stft import stft, window
from xtts_jax.config import Audio


def magnitude(audio: Float[Array, "b s"], n_fft: int, settings: Audio) -> Float[Array, "b t f"]:
    """|STFT| with a window of n_fft and a hop of n_fft / 4; white noise of RMS 1 has RMS 1 in every bin.

    n_fft must be divisible by 8, and s larger than 3/8 n_fft.
    """
    resolution = replace(settings, n_fft=n_fft, hop_length=n_fft // 4, win_length=n_fft)
    return jnp.abs(stft(audio, resolution)) / np.linalg.norm(window(resolution))
