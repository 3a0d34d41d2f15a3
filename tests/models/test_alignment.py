"""The alignment search against all possible paths, and the functions that expand tokens to frames."""

from collections.abc import Iterator
from itertools import chain, combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from jax.extend.core import Jaxpr, JaxprEqn

from benchmarks.scaling import inner_jaxprs, sequential_turns
from xtts_jax.models import alignment
from xtts_jax.models.monotonic_search import by_blocks, by_frames

TOKENS, FRAMES = 4, 7

SEARCHES = [jax.jit(by_frames), jax.jit(by_blocks)]
to_whole_frames = jax.jit(alignment.round_durations)
warp = jax.jit(alignment.warp_to, static_argnums=3)

grids = hnp.arrays(np.float32, (2, TOKENS, FRAMES), elements=st.floats(-50, 50, width=32))
lengths = st.integers(1, TOKENS).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, FRAMES)))


def all_durations(tokens: int, frames: int) -> list[np.ndarray]:
    """All ways to assign `frames` frames to `tokens` tokens, at least one each."""
    cuts = combinations(range(1, frames), tokens - 1)
    return [np.diff([0, *cut, frames]) for cut in cuts]


def score(grid: np.ndarray, durations: np.ndarray) -> float:
    frame, total = 0, 0.0
    for token, duration in enumerate(durations):
        for _ in range(duration):
            total += float(grid[token, frame])
            frame += 1
    return total


def likeliest_by_loops(grid: np.ndarray) -> np.ndarray:
    """The same search in float64, one cell at a time, from the last frame to the first."""
    n, t = grid.shape
    best = np.full((n, t), -np.inf)
    best[n - 1, t - 1] = grid[n - 1, t - 1]
    for frame in range(t - 2, -1, -1):
        for token in range(n):
            onward = best[token + 1, frame + 1] if token + 1 < n else -np.inf
            best[token, frame] = grid[token, frame] + max(best[token, frame + 1], onward)
    durations, token = np.zeros(n, int), 0
    for frame in range(t):
        durations[token] += 1
        if frame + 1 < t and token + 1 < n and best[token + 1, frame + 1] > best[token, frame + 1]:
            token += 1
    return durations


@pytest.mark.parametrize("search", SEARCHES)
@settings(max_examples=60, deadline=None)
@given(grid=grids, first=lengths, second=lengths)
def test_no_monotonic_path_is_more_likely_than_the_one_found(search, grid, first, second):
    text_lengths, mel_lengths = (np.array(pair) for pair in zip(first, second, strict=True))
    found = np.asarray(search(grid, text_lengths, mel_lengths))
    for example, (n, t) in enumerate((first, second)):
        assert found[example, :n].min() >= 1
        assert found[example].sum() == t
        assert not found[example, n:].any()
        best = max(score(grid[example], durations) for durations in all_durations(n, t))
        assert score(grid[example], found[example, :n]) == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize("search", SEARCHES)
def test_search_on_sentences_of_real_length_equals_that_of_loops(search):
    random = np.random.default_rng(0)
    text_lengths, mel_lengths = np.array([40, 33, 2, 1]), np.array([300, 33, 250, 120])
    grid = random.normal(-100, 30, (4, 40, 300)).astype(np.float32)
    found = np.asarray(search(grid, text_lengths, mel_lengths))
    for example, (n, t) in enumerate(zip(text_lengths, mel_lengths, strict=True)):
        np.testing.assert_array_equal(found[example, :n], likeliest_by_loops(grid[example, :n, :t]))


@pytest.mark.parametrize(("frames", "most"), [(600, 10), (1200, 12), (2400, 17)])
def test_search_by_blocks_takes_few_turns(frames: int, most: int) -> None:
    given = (np.zeros((2, 90, frames), np.float32), np.array([90, 80]), np.array([frames, 500]))
    assert sequential_turns(jax.make_jaxpr(by_frames)(*given).jaxpr) == 2 * (frames - 1)
    assert sequential_turns(jax.make_jaxpr(by_blocks)(*given).jaxpr) <= most


def test_search_by_blocks_takes_memory_in_proportion_to_the_text() -> None:
    small, large = (
        max(
            variable.aval.size
            for equation in leaf_equations(search_of(tokens))
            for variable in equation.outvars
        )
        for tokens in (100, 400)
    )
    assert large <= 4 * small


def search_of(tokens: int) -> Jaxpr:
    given = (np.zeros((2, tokens, 600), np.float32), np.array([tokens, 80]), np.array([600, 500]))
    return jax.make_jaxpr(by_blocks)(*given).jaxpr


def largest_array(jaxpr: Jaxpr) -> int:
    return max(variable.aval.size for equation in leaf_equations(jaxpr) for variable in equation.outvars)


def leaf_equations(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    for equation in jaxpr.eqns:
        inside = list(inner_jaxprs(equation.params))
        yield from chain.from_iterable(map(leaf_equations, inside)) if inside else (equation,)


def test_the_durations_of_a_staircase_are_recovered_from_noisy_frames():
    random = np.random.default_rng(1)
    durations = random.integers(1, 9, 30)
    means = random.normal(0, 1, (1, 30, 80)).astype(np.float32)
    mel = means.repeat(durations, axis=1) + random.normal(0, 0.4, (1, durations.sum(), 80)).astype(np.float32)
    likelihood = alignment.gaussian_log_likelihood(jnp.asarray(means), jnp.asarray(mel))
    found = alignment.monotonic_alignment(likelihood, jnp.array([30]), jnp.array([durations.sum()]))
    np.testing.assert_array_equal(found[0], durations)


def test_gaussian_log_likelihood_is_the_density_up_to_a_constant():
    random = np.random.default_rng(2)
    means, mel = random.normal(0, 2, (2, 3, 5)), random.normal(0, 2, (2, 4, 5))
    expected = [
        [[-0.5 * ((f - m) ** 2).sum() for f in frames] for m in mean]
        for mean, frames in zip(means, mel, strict=True)
    ]
    got = alignment.gaussian_log_likelihood(jnp.asarray(means, jnp.float32), jnp.asarray(mel, jnp.float32))
    np.testing.assert_allclose(got, expected, atol=1e-4)


spoken = hnp.arrays(np.float32, (1, 12), elements=st.floats(0, 30, width=32))
# Their sums are at or near halves, where rounding is treacherous.
halves = hnp.arrays(np.float32, (1, 12), elements=st.sampled_from([1.0, 1.25, 1.5, 2.5, 1.4999999, 3.0]))


@settings(max_examples=200, deadline=None)
@given(spoken | halves, st.integers(1, 12))
def test_rounding_keeps_every_token_and_the_running_total(durations, n):
    whole = np.asarray(to_whole_frames(durations, np.array([n])))[0]
    assert whole[:n].min() >= 1
    assert not whole[n:].any()
    wanted = np.maximum(durations[0, :n].astype(np.float64), 1).cumsum()
    assert np.abs(whole[:n].cumsum() - wanted).max() <= 0.5 + 1e-4


layouts = hnp.arrays(np.int32, (1, 6), elements=st.integers(0, 5)).filter(lambda d: d.sum() > 0)


@settings(max_examples=50, deadline=None)
@given(layouts)
def test_path_tokens_and_positions_agree_with_repetition(durations):
    frames, total = 32, int(durations.sum())
    token = np.repeat(np.arange(6), durations[0])
    path = np.asarray(alignment.alignment_path(jnp.asarray(durations), frames))[0]
    np.testing.assert_array_equal(path[:total], np.eye(6)[token])
    assert not path[total:].any()
    found = np.asarray(alignment.frame_tokens(jnp.asarray(durations), frames))[0]
    np.testing.assert_array_equal(found[:total], token)
    np.testing.assert_array_equal(found[total:], 5)
    position = np.asarray(alignment.position_in_token(jnp.asarray(durations), frames))[0, :total]
    expected = [((k + 0.5) / d, np.log(d)) for d in durations[0] for k in range(d)]
    np.testing.assert_allclose(position, expected, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.int32, (1, 6), elements=st.integers(1, 5)), st.sampled_from([1, 3]))
def test_warping_undoes_a_stretch_and_makes_one(durations, factor):
    total = int(durations.sum())
    mel = np.random.default_rng(0).normal(size=(1, 30, 3)).astype(np.float32)
    slow = mel.repeat(factor, axis=1)
    quick = warp(np.pad(slow, ((0, 0), (0, 90 - slow.shape[1]), (0, 0))), durations * factor, durations, 30)
    np.testing.assert_array_equal(quick[:, :total], mel[:, :total])
    stretched = warp(mel, durations, durations * factor, 90)
    np.testing.assert_array_equal(stretched[:, : total * factor], slow[:, : total * factor])


def test_warping_moves_frames_only_within_their_token():
    random = np.random.default_rng(4)
    durations, target = random.integers(1, 9, (1, 20)), random.integers(1, 9, (1, 20))
    token = np.repeat(np.arange(20.0), durations[0])[None, :, None]
    warped = alignment.warp_to(
        jnp.asarray(token, jnp.float32), jnp.asarray(durations), jnp.asarray(target), int(target.sum())
    )
    np.testing.assert_array_equal(warped[0, :, 0], np.repeat(np.arange(20), target[0]))


@settings(max_examples=50, deadline=None)
@given(layouts, st.integers(0, 10**6))
def test_token_mean_is_the_mean_of_the_frames_that_count(durations, seed):
    random = np.random.default_rng(seed)
    values, counts = random.normal(size=(1, 32)).astype(np.float32), random.random((1, 32)) < 0.5
    path = alignment.alignment_path(jnp.asarray(durations), 32)
    mean, share = alignment.token_mean(jnp.asarray(values), jnp.asarray(counts), path)
    start = 0
    for token, duration in enumerate(durations[0]):
        here = slice(start, start + duration)
        chosen = values[0, here][counts[0, here]]
        assert mean[0, token] == pytest.approx(chosen.mean() if len(chosen) else 0, abs=1e-5)
        assert share[0, token] == pytest.approx(len(chosen) / duration if duration else 0, abs=1e-6)
        start += duration
