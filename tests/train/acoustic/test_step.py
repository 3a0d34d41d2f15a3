"""The training step as the loop compiles it: over one device, through `train.parallel`."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import compilations
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import whole_model

from xtts_jax.models.xtts import XTTS
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.step import make_train_step, variance_over_time
from xtts_jax.train.optimizer import labels
from xtts_jax.train.state import TrainState, init_state
from xtts_jax.types import Batch

DECAY = 0.2  # decay of the average: reached at the second step
FROZEN = "voice_encoder"


@cache
def optimizer() -> optax.GradientTransformation:
    """Plain descent, whose updates are as exact as the gradients, unlike Adam's."""
    label_tree = labels(whole_model.params(), (FROZEN,))
    return optax.partition({"trained": optax.sgd(0.1), "frozen": optax.set_to_zero()}, label_tree)


@cache
def compiled(accumulate: int) -> Callable[..., Any]:
    base = whole_model.config()
    config = replace(
        base,
        model=replace(base.model, dropout=0.0),
        optim=replace(base.optim, ema_decay=DECAY),
        train=replace(base.train, accumulate=accumulate),
    )
    model = XTTS(config, whole_model.N_VOCAB, whole_model.N_LANGUAGES)
    step = make_train_step(model, optimizer(), whole_model.stats())
    return parallel.compile_step(step, donate_state=False)


def first_state() -> TrainState:
    return parallel.replicate(init_state(whole_model.params(), optimizer(), 0))


def even_batch() -> Batch:
    """Four examples, which two micro-batches can share; their lengths differ."""
    parts = [whole_model.batch(seed) for seed in range(2)]
    return Batch(*(np.concatenate(columns)[:4] for columns in zip(*parts, strict=True)))


def flat(tree: Any) -> dict[str, np.ndarray]:
    leaves = jax.tree_util.tree_leaves_with_path(parallel.unreplicate(tree))
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def norm(leaves: dict[str, np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(leaf.astype(np.float64)).sum() for leaf in leaves.values())))


def with_a_broken_sample(batch: Batch) -> Batch:
    log_f0 = batch.log_f0.copy()
    log_f0[0, np.argmax(batch.voiced[0])] = np.nan
    return batch._replace(log_f0=log_f0)


@pytest.fixture
def compiles() -> Iterator[list[str]]:
    compiled.cache_clear()
    with compilations.noted() as seen:
        yield seen


@pytest.mark.slow
def test_step_compiles_once_for_a_shape_and_never_again(compiles: list[str]) -> None:
    step, state = compiled(1), first_state()
    three, four = parallel.shard(whole_model.batch()), parallel.shard(even_batch())
    counts = []
    for batch in (three, three, four, three, four):
        del compiles[:]
        state, _ = jax.block_until_ready(step(state, batch))
        counts.append(len(compiles))
    assert counts == [1, 0, 1, 0, 0]


def test_batch_that_is_not_finite_changes_nothing_but_the_count_of_skipped_steps() -> None:
    step = compiled(1)
    good = parallel.shard(whole_model.batch())
    bad = parallel.shard(with_a_broken_sample(whole_model.batch()))
    before, _ = step(first_state(), good)
    once, metrics = step(before, bad)
    twice, _ = step(once, bad)
    for part in ("params", "ema", "opt_state"):
        kept, now = flat(getattr(before, part)), flat(getattr(twice, part))
        assert all(np.array_equal(kept[name], now[name]) for name in kept), part
    assert not np.isfinite(parallel.unreplicate(metrics)["loss/total"])
    assert [int(parallel.unreplicate(state.skipped)) for state in (before, once, twice)] == [0, 1, 2]
    assert int(parallel.unreplicate(twice.step)) == 3
    after, metrics = step(twice, good)
    assert int(parallel.unreplicate(after.skipped)) == int(parallel.unreplicate(metrics)["skipped"]) == 0
    assert norm(flat(after.params)) != norm(flat(before.params))


def test_average_follows_the_params_with_a_memory_that_grows_to_its_decay() -> None:
    step = compiled(1)
    state = first_state()
    average = flat(state.ema)
    for number in range(3):
        state, _ = step(state, parallel.shard(whole_model.batch(number)))
        decay = min(DECAY, (1 + number) / (10 + number))
        now = flat(state.params)
        average = {name: decay * average[name] + (1 - decay) * now[name] for name in average}
    for name, leaf in flat(state.ema).items():
        np.testing.assert_allclose(leaf, average[name], atol=1e-6)


def test_every_leaf_moves_unless_its_module_is_frozen_and_the_logged_ratios_say_so() -> None:
    step = compiled(1)
    start = first_state()
    after, metrics = step(start, parallel.shard(whole_model.batch()))
    ratios = {name: value for name, value in parallel.unreplicate(metrics).items() if value.ndim == 0}
    for module in whole_model.params():
        old, new = flat(start.params[module]), flat(after.params[module])
        moved = {name: new[name] - old[name] for name in old}
        still = [name for name in moved if not moved[name].any()]
        assert still == (list(moved) if module == FROZEN else []), module
        assert ratios[f"update_ratio/{module}"] == pytest.approx(norm(moved) / norm(old), rel=1e-3, abs=1e-9)


@pytest.mark.slow  # one more compilation
def test_two_micro_batches_are_one_batch() -> None:
    batch = parallel.shard(even_batch())
    results = []
    for accumulate in (1, 2):
        step, state = compiled(accumulate), first_state()
        for _ in range(2):
            state, metrics = step(state, batch)
        results.append((flat(state.params), parallel.unreplicate(metrics)))
    (whole, whole_metrics), (halves, halves_metrics) = results
    assert norm(whole) != norm(flat(first_state().params))
    for name in whole:
        np.testing.assert_allclose(halves[name], whole[name], atol=1e-5)
    for name in ("loss/total", "mel_l1", "grad_norm"):
        np.testing.assert_allclose(halves_metrics[name], whole_metrics[name], rtol=1e-4)


def test_reported_gradient_norm_and_loss_are_those_of_the_open_loss() -> None:
    """Nothing is clipped before it is reported: it equals the gradient of the loss computed apart."""
    step = compiled(1)
    batch = whole_model.batch()
    _, metrics = step(first_state(), parallel.shard(batch))
    expected = whole_model.run(whole_model.params(), batch)
    values = parallel.unreplicate(metrics)
    np.testing.assert_allclose(values["loss/total"], expected.total, rtol=1e-5)
    np.testing.assert_allclose(values["grad_norm"], optax.global_norm(expected.gradients), rtol=1e-4)
    for name, term in expected.terms.items():
        np.testing.assert_allclose(values[f"loss/{name}"], term, rtol=1e-4, atol=1e-6)


def test_variance_over_time_is_that_of_real_frames() -> None:
    mel, lengths = np.random.default_rng(0).normal(size=(3, 9, 4)).astype(np.float32), (9, 4, 0)
    real = np.arange(9) < np.array(lengths)[:, None]
    expected = sum(row[:n].var(axis=0).mean() for row, n in zip(mel, lengths, strict=True) if n)
    assert variance_over_time(jnp.asarray(mel), jnp.asarray(real)) == pytest.approx(expected, rel=1e-5)
