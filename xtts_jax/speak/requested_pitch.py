"""As much higher or lower as was asked: what the decoder leaves undone of it is found on the sound."""

import math
from collections.abc import Callable

import numpy as np

from xtts_jax.audio import pitch
from xtts_jax.config import Audio

CLOSE = 0.2  # semitones that nobody minds
TRIES = 4
MOST_SHARE = 2.5  # of what is wanted, to ask of the decoder; beyond, it does not follow


def semitones(audio: np.ndarray, settings: Audio) -> float:
    """Median F0 of an (s,) waveform, NaN where nothing is voiced; only differences mean anything."""
    log_f0, voiced = pitch.log_f0(audio, settings)
    return float(np.median(log_f0[voiced])) * 12 / math.log(2) if voiced.any() else math.nan


def shift_to_ask(wanted: float, hear: Callable[[float], float]) -> float:
    """The shift in semitones to ask of the decoder so that `wanted`, not 0, is heard, as near as TRIES get.

    hear: of a shift that is asked, the `semitones` that come of it. Where nothing is voiced, `wanted` it is.
    """
    usual, shift, tried = hear(0.0), wanted, {}
    for _ in range(TRIES):
        share = (hear(shift) - usual) / wanted
        if math.isnan(share):
            break
        tried[shift] = abs(share - 1) * abs(wanted)
        further = shift / wanted / share if share > 0 else math.inf  # in units of what is wanted
        if tried[shift] <= CLOSE or not 1 / MOST_SHARE <= further <= MOST_SHARE:
            break
        shift = further * wanted
    return min(tried, key=tried.__getitem__, default=wanted)
