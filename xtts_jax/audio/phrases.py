"""Splitting of long recordings at pauses."""

from itertools import pairwise

import numpy as np

from xtts_jax.audio.io import BLOCK_S, block_power

SHORTEST_S = 2.0  # shortest phrase
_PAUSE_S = 0.15  # shortest pause to cut at
_SILENCE_DB = 30.0  # below the recording's loudest 10 ms


def phrases(audio: np.ndarray, sample_rate: int) -> list[slice]:
    """Consecutive parts of a clip (s,), cut in the middle of pauses and at least `SHORTEST_S` long.

    A clip without pauses, or one that is too short to be cut, is one phrase.
    """
    power = block_power(audio, sample_rate)
    sounding = np.flatnonzero(power >= power.max() * 10 ** (-_SILENCE_DB / 10))
    block = len(audio) / len(power)
    cuts, least = [0], SHORTEST_S * sample_rate
    for last, first in pairwise(sounding):
        middle = int((last + 1 + first) / 2 * block)
        long_enough = min(middle - cuts[-1], len(audio) - middle) >= least
        if (first - last - 1) * BLOCK_S >= _PAUSE_S and long_enough:
            cuts.append(middle)
    return [slice(start, stop) for start, stop in pairwise([*cuts, len(audio)])]
