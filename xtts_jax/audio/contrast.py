"""How far speech stands out from what sounds in its pauses, band by band."""

import numpy as np

from xtts_jax.audio.frame_power import frame_power, frame_size

LEAST_CONTRAST_DB = 26.5
_EDGES_HZ = np.geomspace(350.0, 3300.0, 9)  # what every recording has, also one by telephone
_QUIET, _LOUD = 10, 95  # percentiles over time
_SMALLEST_POWER = 1e-10


def contrast_db(audio: np.ndarray, sample_rate: int) -> float:
    """The mean over bands of the level of a trimmed clip's loud moments relative to that of its quiet ones.

    Unlike the level of pauses it also finds sounds that change, as music and other voices do: they fill the
    moments in which a voice has nothing in a band.
    """
    size = frame_size(sample_rate)
    power = frame_power(np.pad(audio, size // 2), size)
    starts = np.searchsorted(np.fft.rfftfreq(size, 1 / sample_rate), _EDGES_HZ)
    bands = np.add.reduceat(power, starts, axis=1)[:, :-1] + _SMALLEST_POWER
    quiet, loud = np.percentile(10 * np.log10(bands), [_QUIET, _LOUD], axis=0)
    return float((loud - quiet).mean())
