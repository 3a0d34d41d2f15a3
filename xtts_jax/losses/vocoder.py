"""The loss terms of vocoders, on waveforms. None is clipped, and no weight is adaptive."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.spectrogram import magnitude
from xtts_jax.config import Audio

MAGNITUDE_FLOOR = 1e-5  # for `audio.spectrogram.magnitude`; 16-bit rounding noise has 0.9e-5

Scalar = Float[Array, ""]


def mel(generated: Float[Array, "b s"], recorded: Float[Array, "b s"], audio: Audio) -> Scalar:
    """Mean absolute error of the natural-log mels, in nats."""
    return jnp.abs(log_mel(generated, audio) - log_mel(recorded, audio)).mean()


class Spectral(NamedTuple):
    """Means over resolutions (Yamamoto, Song & Kim 2020, equations 4 and 5)."""

    convergence: Scalar  # norm of the magnitudes' error, over `recorded_norms`
    log_magnitude: Scalar  # mean absolute error, nats


def recorded_norms(recorded: Float[Array, "b s"], n_ffts: tuple[int, ...], audio: Audio) -> Float[Array, "r"]:
    """The mean norm of the waveforms' magnitudes at each resolution, to be averaged over devices."""
    return jnp.stack([_norm(magnitude(recorded, n_fft, audio)) for n_fft in n_ffts])


def spectral(
    generated: Float[Array, "b s"],
    recorded: Float[Array, "b s"],
    norms: Float[Array, "r"],
    n_ffts: tuple[int, ...],
    audio: Audio,
) -> Spectral:
    """The multi-resolution STFT terms.

    Numerator and denominator are means over the batch: nearly silent recordings weigh no more than
    others, and silent ones do not divide by zero.
    """
    pairs = [(magnitude(generated, n_fft, audio), magnitude(recorded, n_fft, audio)) for n_fft in n_ffts]
    errors = jnp.stack([_norm(ours - theirs) for ours, theirs in pairs])
    logs = [jnp.abs(_log(ours) - _log(theirs)).mean() for ours, theirs in pairs]
    return Spectral((errors / norms).mean(), jnp.stack(logs).mean())


def _norm(magnitudes: Float[Array, "b t f"]) -> Scalar:
    """The mean of the waveforms' norms; its gradient at zero is zero."""
    squares = jnp.square(magnitudes).sum(axis=(1, 2))
    positive = squares > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squares, 1.0)), 0.0).mean()


def _log(magnitudes: Float[Array, "b t f"]) -> Float[Array, "b t f"]:
    return jnp.log(jnp.maximum(magnitudes, MAGNITUDE_FLOOR))
