"""How sure a mean over few sentences is: percentile bootstrap intervals (Efron 1979)."""

from typing import NamedTuple

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95


class Interval(NamedTuple):
    mean: float
    low: float
    high: float


def interval(values: np.ndarray, weights: np.ndarray | None = None) -> Interval:
    """The mean of (n,) values, each counted `weights` times, and its 95 % interval over resampled sentences.

    For a pooled rate give errors / words as values and words as weights.
    """
    weights = np.ones(len(values)) if weights is None else weights
    samples = _means(values[None], weights)[:, 0]
    return Interval(_mean(values, weights), *_limits(samples))


def difference(ours: np.ndarray, theirs: np.ndarray, weights: np.ndarray | None = None) -> Interval:
    """The mean of `ours` - `theirs` over the same n sentences, which are resampled together."""
    weights = np.ones(len(ours)) if weights is None else weights
    samples = _means(np.stack([ours, theirs]), weights)
    mean = _mean(ours, weights) - _mean(theirs, weights)
    return Interval(mean, *_limits(samples[:, 0] - samples[:, 1]))


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float((values * weights).sum() / weights.sum())


def _means(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(RESAMPLES, rows) weighted means of the (rows, n) values over sentences drawn with replacement."""
    count = rows.shape[1]
    chosen = np.random.default_rng(0).integers(0, count, (RESAMPLES, count))
    drawn = weights[chosen].astype(np.float64)
    drawn[drawn.sum(axis=1) == 0] = weights  # none of the chosen sentences counts: as if all had been
    return np.einsum("srn,sn->sr", np.moveaxis(rows[:, chosen], 0, 1), drawn) / drawn.sum(axis=1)[:, None]


def _limits(samples: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(samples, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
