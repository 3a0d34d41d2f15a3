"""The average spectrum and the level of a mel, brought to what they should be."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from xtts_jax.models.conv import smooth
from xtts_jax.models.features import loud_spectrum, normalize_mel
from xtts_jax.models.ops import length_mask
from xtts_jax.types import Stats

NAT_PER_DB = math.log(10) / 20
COLOUR_BINS = 7  # odd; of 80 mel bins, 5 are the distance between harmonics of 180 Hz
UNSURE_FRAMES = 40  # half of the average spectrum of speech this short is what is said


def level(mel: np.ndarray) -> float:
    """The root mean square of a (t, m) natural-log mel's frames, in nat."""
    return 0.5 * math.log(np.exp(2 * mel.astype(np.float64)).sum(axis=1).mean())


def coloured(
    mel: Float[Array, "t m"],
    frames: Int[Array, ""] | int,
    spectrum: Float[Array, "m"],
    amount: Float[Array, ""] | float,
    stats: Stats,
) -> Float[Array, "t m"]:
    """A natural-log mel, as loud as it is, whose average spectrum goes towards a normalized one.

    frames: how many of the t count, the others being padding; at least one.
    amount: 0 to 1. What a model leaves out of the long-term spectrum of an unseen voice is most of what tells
    that voice from others (docs/results.md). The average of few frames depends on what is said, and counts
    for less. The difference is smoothed over COLOUR_BINS, or the harmonics of one pitch would be laid over
    another.
    """
    lengths = jnp.asarray(frames)[None]
    own = loud_spectrum(normalize_mel(mel[None], stats), lengths)
    share = amount * frames / (frames + UNSURE_FRAMES)
    difference = (spectrum[None] - own) * jnp.asarray(stats.mel_std)[None]
    shaped = mel + share * smooth(difference, COLOUR_BINS)
    real = length_mask(lengths, len(mel))[0, :, None]
    return shaped + 0.5 * (_log_power(mel, real) - _log_power(shaped, real))


def _log_power(mel: Float[Array, "t m"], real: Array) -> Float[Array, ""]:
    return jax.nn.logsumexp(2 * mel, where=real)
