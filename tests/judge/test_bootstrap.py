"""Intervals of means over sentences."""

import numpy as np
import pytest

from xtts_jax.judge.bootstrap import difference, interval


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    samples = [random.normal(2.0, 1.0, 40) for _ in range(200)]
    held = [found.low <= 2.0 <= found.high for found in map(interval, samples)]
    assert 0.88 <= np.mean(held) <= 0.99


def test_rates_are_pooled_by_their_weights() -> None:
    found = interval(np.array([1.0, 0.0]), np.array([1, 9]))
    assert found.mean == pytest.approx(0.1)
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_the_same_values_have_no_spread() -> None:
    assert interval(np.full(10, 3.5)) == pytest.approx((3.5, 3.5, 3.5))


def test_pairs_are_resampled_together() -> None:
    """Sentences differ far more than the two runs do, which pairing leaves out."""
    base = np.random.default_rng(0).normal(3, 1, 40)
    found = difference(base + 0.1, base)
    assert found == pytest.approx((0.1, 0.1, 0.1))
    unpaired = interval(base + 0.1).low - interval(base).high
    assert unpaired < 0
