"""The average spectrum and the level of a mel, brought to what they should be."""

import math

import jax.numpy as jnp
import numpy as np

from xtts_jax.models.conv import smooth
from xtts_jax.models.features import loud_spectrum, normalize_mel
from xtts_jax.types import Stats

NAT_PER_DB = math.log(10) / 20
COLOUR_BINS = 7  # odd; of 80 mel bins, 5 are the distance between harmonics of 180 Hz
UNSURE_FRAMES = 40  # half of the average spectrum of speech this short is what is said
FRAME_STEP = 256  # lengths are padded to multiples of it, so that few are compiled


def level(mel: np.ndarray) -> float:
    """The root mean square of a (t, m) natural-log mel's frames, in nat."""
    return 0.5 * math.log(np.exp(2 * mel.astype(np.float64)).sum(axis=1).mean())


def coloured(mel: np.ndarray, spectrum: np.ndarray, amount: float, stats: Stats) -> np.ndarray:
    """A (t, m) natural-log mel, as loud as it is, whose average spectrum goes towards a normalized (m,) one.

    amount: 0 to 1. What a model leaves out of the long-term spectrum of an unseen voice is most of what tells
    that voice from others (docs/results.md). The average of few frames depends on what is said, and counts
    for less. The difference is smoothed over COLOUR_BINS, or the harmonics of one pitch would be laid over
    another.
    """
    padded = jnp.asarray(np.pad(mel, ((0, -len(mel) % FRAME_STEP), (0, 0))))
    own = loud_spectrum(normalize_mel(padded[None], stats), jnp.array([len(mel)]))[0]
    share = amount * len(mel) / (len(mel) + UNSURE_FRAMES)
    difference = (spectrum - np.asarray(own)) * np.asarray(stats.mel_std, np.float32)
    shaped = mel + share * np.asarray(smooth(jnp.asarray(difference)[None], COLOUR_BINS))
    return shaped + np.float32(level(mel) - level(shaped))
