"""What a recording suffers from though it can be read."""

import numpy as np

from xtts_jax.audio.frame_power import frame_power, frame_size

_FULL_SCALE = 0.999  # 32735 of 32767; of a float recording that exceeds 1, of its peak
_CLIPPED_RUN = 3  # consecutive samples; peaks of unclipped speech rarely last for two
_LONGEST_S = 10.0  # measured for the band; any sentence has a fricative
_BAND_BINS = 8  # 170 Hz
_LOUD_PERCENTILE = 95  # over time: fricatives count, which alone reach high
_FLOOR_DB = -60.0  # relative to the loudest band; speech has more up to 10 kHz, a resampled file much less
_SMALLEST_POWER = 1e-14


def clipped(samples: np.ndarray) -> int:
    """The number of samples of a channel (s,) in runs of at least _CLIPPED_RUN at full scale."""
    level = np.abs(samples)
    full = np.concatenate([[False], level >= _FULL_SCALE * max(1.0, level.max(initial=0.0)), [False]])
    edges = np.flatnonzero(full[1:] != full[:-1])
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= _CLIPPED_RUN].sum())


def bandwidth_hz(audio: np.ndarray, sample_rate: int) -> float:
    """How high a clip (s,) of speech reaches, whatever the rate that it was brought to; 0 if it is silent."""
    size = frame_size(sample_rate)
    audio = audio[: round(_LONGEST_S * sample_rate)]
    power = frame_power(np.pad(audio, (0, max(0, size - len(audio)))), size)
    count = power.shape[1] // _BAND_BINS
    bands = power[:, : count * _BAND_BINS].reshape(len(power), count, _BAND_BINS).sum(axis=2)
    loud = np.percentile(bands, _LOUD_PERCENTILE, axis=0)
    reached = np.flatnonzero(loud > max(loud.max() * 10 ** (_FLOOR_DB / 10), _SMALLEST_POWER))
    return float(reached[-1] + 1) * _BAND_BINS * sample_rate / size if len(reached) else 0.0
