"""How far speech stands out from what sounds in its pauses, band by band."""

import numpy as np

LEAST_CONTRAST_DB = 26.5
_EDGES_HZ = np.geomspace(350.0, 3300.0, 9)  # what every recording has, also one by telephone
_WINDOW_S = 0.046
_QUIET, _LOUD = 10, 95  # percentiles over time
_SMALLEST_POWER = 1e-10


def contrast_db(audio: np.ndarray, sample_rate: int) -> float:
    """The mean over bands of the level of a trimmed clip's loud moments relative to that of its quiet ones.

    Unlike the level of pauses it also finds sounds that change, as music and other voices do: they fill the
    moments in which a voice has nothing in a band.
    """
    size = 2 * round(_WINDOW_S * sample_rate / 2)
    padded = np.pad(audio, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
    power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)) ** 2
    starts = np.searchsorted(np.fft.rfftfreq(size, 1 / sample_rate), _EDGES_HZ)
    bands = np.add.reduceat(power, starts, axis=1)[:, :-1] + _SMALLEST_POWER
    quiet, loud = np.percentile(10 * np.log10(bands), [_QUIET, _LOUD], axis=0)
    return float((loud - quiet).mean())
