"""The upper part of a voice's spectrum, guessed for recordings that lack it, as those by telephone do.

Without it a voice encoder finds another voice, and the average spectrum makes the speech as dull as the line.
What is above follows from what is below as well as it does in the run's own voices: each bin is a linear
function of those below, by ridge regression over their frames.
"""

from collections.abc import Sequence

import numpy as np

from xtts_jax.audio.mel import mel_filters
from xtts_jax.config import Audio

NARROW = 0.8  # share of `fmax` that a recording should reach
_SURE = 0.95  # share of the band that is not yet weakened by its end
_RIDGE = 10.0  # in squares of normalized mels, of which there are one for each frame


def is_narrow(band_hz: float, settings: Audio) -> bool:
    return band_hz < NARROW * settings.fmax


def bins_below(band_hz: float, settings: Audio) -> int:
    """How many mel bins of a recording that reaches up to `band_hz` are as they should be; at least one."""
    hz = np.fft.rfftfreq(settings.n_fft, 1 / settings.sample_rate)
    highest = np.array([hz[row > 0].max(initial=0) for row in mel_filters(settings)])
    return max(1, int((highest <= _SURE * band_hz).sum()))


def widened(mel: np.ndarray, known: int, examples: Sequence[np.ndarray]) -> np.ndarray:
    """A (t, m) normalized mel whose bins from `known` on are guessed by (t, m) mels of whole voices."""
    frames = np.concatenate(examples)
    below = _with_one(frames[:, :known])
    weights = np.linalg.solve(
        below.T @ below + _RIDGE * np.eye(below.shape[1], dtype=below.dtype), below.T @ frames[:, known:]
    )
    return np.concatenate([mel[:, :known], _with_one(mel[:, :known]) @ weights], axis=1)


def _with_one(frames: np.ndarray) -> np.ndarray:
    return np.pad(frames, ((0, 0), (0, 1)), constant_values=1.0)
