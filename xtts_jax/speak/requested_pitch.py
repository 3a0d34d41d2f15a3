"""A requested shift of pitch: how much to ask of a decoder that follows only part of the way."""

import math
from collections.abc import Callable

import numpy as np

from xtts_jax.audio import pitch
from xtts_jax.config import Audio

CLOSE = 0.2  # semitones, too few to notice
TRIES = 4
MOST_SHARE = 2.5  # times what is wanted is asked at most; a decoder does not follow beyond


def semitones(audio: np.ndarray, settings: Audio) -> float:
    """Median F0 of an (s,) waveform in semitones over 1 Hz, NaN where nothing is voiced."""
    log_f0, voiced = pitch.log_f0(audio, settings)
    return float(np.median(log_f0[voiced])) * 12 / math.log(2) if voiced.any() else math.nan


def shift_to_hertz(usual: float, hertz: float, hertz_up: float) -> float:
    """The shift in semitones from `usual` to a pitch in Hz, 0 for the usual one, plus `hertz_up`.

    It is 0 where nothing is voiced, or the pitch would not be positive.
    """
    usual_hz = 2 ** (usual / 12)
    wanted_hz = (hertz or usual_hz) + hertz_up
    return 12 * math.log2(wanted_hz / usual_hz) if usual_hz > 0 and wanted_hz > 0 else 0.0


def shift_to_ask(wanted: float, measure: Callable[[float], float]) -> float:
    """The shift in semitones to ask of the decoder for `wanted`, not 0, as near as TRIES get.

    measure: gives the `semitones` of the sound at a shift that is asked. Where nothing is voiced, the answer
    is `wanted`.
    """
    usual, shift, tried = measure(0.0), wanted, {}
    for _ in range(TRIES):
        share = (measure(shift) - usual) / wanted
        if math.isnan(share):
            break
        tried[shift] = abs(share - 1) * abs(wanted)
        further = shift / wanted / share if share > 0 else math.inf  # in units of what is wanted
        if tried[shift] <= CLOSE or not 1 / MOST_SHARE <= further <= MOST_SHARE:
            break
        shift = further * wanted
    return min(tried, key=tried.__getitem__, default=wanted)
