"""Fundamental frequency per frame, aligned with `log_mel`. Plain numpy: it runs during preparation."""

from collections.abc import Iterable

import numpy as np

from xtts_jax.config import Audio

_RATE_HZ = 10_000  # lower bound of the decimated rate: sufficient for F0, and twice as fast
_SMOOTHING = np.array([0.25, 0.5, 0.25], np.float32)  # removes high harmonics, which add coarse minima
_WINDOW_PERIODS = 1.7  # length of the sum in YIN's difference function, in longest periods
_CANDIDATES = 6  # minima kept per frame
_LAG_COST = 0.03  # per octave of longer period: twice the period fits a periodic signal equally well
_UNVOICED_COST = 0.50  # aperiodicity at which a frame is as likely unvoiced as voiced
_SWITCH_COST = 0.20  # for a change between voiced and unvoiced
_JUMP_COST = 0.50  # for a jump by an octave between frames
_QUIET_DB = 45.0  # below the clip's loudest frame, everything is unvoiced
_SILENCE = 1e-4  # root mean square below which everything is unvoiced


def log_f0(audio: np.ndarray, settings: Audio) -> tuple[np.ndarray, np.ndarray]:
    """Natural log of F0 in Hz (t,) float32, 0 where unvoiced, and voiced (t,) bool; t = s // hop_length.

    Uses YIN's difference function (de Cheveigne & Kawahara 2002, equations 6 and 8, by FFT), and the
    cheapest path (Viterbi) through its minima and an unvoiced state.
    """
    count = len(audio) // settings.hop_length
    if count == 0:
        return np.zeros(0, np.float32), np.zeros(0, bool)
    factor = max(1, settings.sample_rate // _RATE_HZ)
    rate = settings.sample_rate / factor
    frames, lags, width = _frames(
        _decimate(audio, factor), count, settings.hop_length / factor, rate, settings
    )
    aperiodicity = _normalized_difference(frames, lags, width)
    costs, periods = _candidates(aperiodicity, int(rate / settings.f0_max))
    costs[_is_quiet(frames)] = np.inf
    path = _cheapest_path(costs, np.log2(periods))
    voiced = path < _CANDIDATES
    chosen = periods[np.arange(count), np.minimum(path, _CANDIDATES - 1)]
    f0 = np.clip(rate / chosen, settings.f0_min, settings.f0_max)
    return np.where(voiced, np.log(f0), 0).astype(np.float32), voiced


Track = tuple[np.ndarray, np.ndarray]  # log F0 and voiced, as from `log_f0`


def errors(ours: Iterable[Track], theirs: Iterable[Track]) -> tuple[float, float]:
    """The RMSE of log F0 over the frames that are voiced in both, and the share of those voiced in one.

    The RMSE is NaN if no frame is voiced in both.
    """
    differences, disagreeing, frames = [], 0, 0
    for (one, voiced), (other, truly) in zip(ours, theirs, strict=True):
        differences.append((one - other)[voiced & truly])
        disagreeing += int(np.sum(voiced != truly))
        frames += len(truly)
    both = np.concatenate(differences)
    rmse = float(np.sqrt(np.square(both).mean())) if len(both) else float("nan")
    return rmse, disagreeing / frames


def _decimate(audio: np.ndarray, factor: int) -> np.ndarray:
    """The signal minus its mean, averaged over `factor` samples and smoothed."""
    whole = audio[: len(audio) // factor * factor]
    means = (whole - whole.mean()).reshape(-1, factor).mean(axis=1)
    return np.convolve(means, _SMOOTHING, mode="same")


def _frames(
    audio: np.ndarray, count: int, hop: float, rate: float, settings: Audio
) -> tuple[np.ndarray, int, int]:
    """Frames (t, width + lags), centered like log_mel's for a medium period; lags; width of the sum."""
    lags = int(rate / settings.f0_min) + 2
    width = int(_WINDOW_PERIODS * lags)
    middling = rate / np.sqrt(settings.f0_min * settings.f0_max)
    before = (width + middling) / 2
    pad = width + lags
    starts = np.round((np.arange(count) + 0.5) * hop - before).astype(int) + pad
    return np.pad(audio, pad)[starts[:, None] + np.arange(pad)], lags, width


def _normalized_difference(frames: np.ndarray, lags: int, width: int) -> np.ndarray:
    """YIN's cumulative mean normalized difference (t, lags): 0 for periodic signals, about 1 for noise."""
    size = 1 << (frames.shape[1] - 1).bit_length()
    spectrum, head = np.fft.rfft(frames, size), np.fft.rfft(frames[:, :width], size)
    correlation = np.fft.irfft(spectrum * head.conj(), size)[:, :lags]
    power = np.pad(np.cumsum(np.square(frames, dtype=np.float64), axis=1), ((0, 0), (1, 0)))
    shifted = power[:, width : width + lags] - power[:, :lags]
    difference = np.maximum(shifted + shifted[:, :1] - 2 * correlation, 0)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, lags)
    return np.pad(difference[:, 1:] / np.maximum(mean, 1e-12), ((0, 0), (1, 0)), constant_values=1.0)


def _candidates(aperiodicity: np.ndarray, shortest: int) -> tuple[np.ndarray, np.ndarray]:
    """Costs and interpolated periods (samples) of the best minima of each frame, (t, _CANDIDATES) each."""
    before, here, after = aperiodicity[:, :-2], aperiodicity[:, 1:-1], aperiodicity[:, 2:]
    lags = np.arange(1, aperiodicity.shape[1] - 1)
    minimum = (here < before) & (here <= after) & (lags >= shortest)
    cost = np.where(minimum, here + _LAG_COST * np.log2(lags / shortest), np.inf)
    best = np.argpartition(cost, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    left, middle, right = (np.take_along_axis(part, best, axis=1) for part in (before, here, after))
    curvature = np.maximum(left - 2 * middle + right, 1e-12)
    shift = np.clip(0.5 * (left - right) / curvature, -0.5, 0.5)
    dip = 0.25 * (left - right) * shift
    return np.take_along_axis(cost, best, axis=1) - np.minimum(dip, middle), lags[best] + shift


def _is_quiet(frames: np.ndarray) -> np.ndarray:
    level = np.sqrt(np.mean(np.square(frames), axis=1))
    return level < max(_SILENCE, level.max() * 10 ** (-_QUIET_DB / 20))


def _cheapest_path(costs: np.ndarray, log_periods: np.ndarray) -> np.ndarray:
    """The candidate chosen in each frame (t,); _CANDIDATES means unvoiced."""
    count, unvoiced = len(costs), costs.shape[1]
    local = np.pad(costs, ((0, 0), (0, 1)), constant_values=_UNVOICED_COST)
    steps = np.full((count - 1, unvoiced + 1, unvoiced + 1), _SWITCH_COST)
    steps[:, :unvoiced, :unvoiced] = _JUMP_COST * np.abs(log_periods[1:, None, :] - log_periods[:-1, :, None])
    steps[:, unvoiced, unvoiced] = 0
    total, back = local[0], np.empty((count - 1, unvoiced + 1), np.int64)
    for i, step in enumerate(steps):
        reached = total[:, None] + step
        back[i] = reached.argmin(axis=0)
        total = reached.min(axis=0) + local[i + 1]
    path = np.empty(count, np.int64)
    path[-1] = total.argmin()
    for i in range(count - 2, -1, -1):
        path[i] = back[i, path[i + 1]]
    return path
