"""The step in which discriminators judge what the model draws, compiled over one device."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import numpy as np
import optax
import pytest
import whole_model

from xtts_jax.config import Config
from xtts_jax.models.xtts import MODULES, XTTS
from xtts_jax.train import parallel
from xtts_jax.train.acoustic import adversarial
from xtts_jax.train.acoustic.step import make_train_step
from xtts_jax.train.health import leaf_names, loggable
from xtts_jax.train.optimizer import make_optimizer
from xtts_jax.train.state import DISCRIMINATORS, TrainState, init_state

START = 2


@cache
def config() -> Config:
    base = whole_model.config()
    return replace(
        base,
        adversarial=replace(base.adversarial, start=START, windows=(8, 16), width=4),
        model=replace(base.model, dropout=0.0, reference_dropout=0.0),
        optim=replace(base.optim, learning_rate=1e-3),
    )


@cache
def parts() -> tuple[adversarial.Judge, Any, Any]:
    judge, theirs = adversarial.open_judge(config())
    params = whole_model.params() | {DISCRIMINATORS: theirs}
    apart = {DISCRIMINATORS: adversarial.optimizer_of(config())}
    return judge, params, make_optimizer(config().optim, 1e-3, params, apart)


def first_state() -> TrainState:
    _, params, optimizer = parts()
    return parallel.replicate(init_state(params, optimizer, 0))


@cache
def compiled(*, judged: bool) -> Callable[..., Any]:
    judge, params, optimizer = parts()
    model = XTTS(config(), whole_model.N_VOCAB, whole_model.N_LANGUAGES)
    stats = whole_model.stats()
    if judged:
        step = make_train_step(model, optimizer, stats, adversarial.learn_to_deceive(model, stats, judge))
    else:
        step = adversarial.at_rest(make_train_step(model, optimizer, stats), params)
    return parallel.compile_step(step, donate_state=False)


@cache
def batch() -> Any:
    return parallel.shard(whole_model.batch())


def moved(before: TrainState, after: TrainState) -> set[str]:
    """The modules whose params differ."""
    one, other = parallel.unreplicate(before.params), parallel.unreplicate(after.params)
    return {
        name
        for name in one
        if any(
            not np.array_equal(a, b)
            for a, b in zip(jax.tree.leaves(one[name]), jax.tree.leaves(other[name]), strict=True)
        )
    }


@pytest.mark.slow
def test_discriminators_rest_until_their_start_and_no_figure_speaks_of_them() -> None:
    before = first_state()
    after, metrics = compiled(judged=False)(before, batch())
    assert moved(before, after) == MODULES
    shown = loggable(jax.device_get(parallel.unreplicate(metrics)), leaf_names(parts()[1]))
    assert not shown["leaves_without_gradient"]
    assert not any(DISCRIMINATORS in name for name in shown)


@pytest.mark.slow
def test_both_sides_learn_once_they_have_joined_and_the_average_is_of_the_model_alone() -> None:
    step = compiled(judged=True)
    before = state = first_state()
    for _ in range(START + 1):
        before = state
        state, metrics = step(state, batch())
    assert moved(before, state) == MODULES | {DISCRIMINATORS}
    figures = {"deception", "feature_matching", "discriminators"}
    assert {f"adversarial/{name}" for name in figures} | {
        "score/recorded",
        "score/generated",
    } <= metrics.keys()
    assert set(parallel.unreplicate(state.ema)) == MODULES


def encoder(state: TrainState) -> np.ndarray:
    leaves = jax.tree.leaves(parallel.unreplicate(state.params)["text_encoder"])
    return np.concatenate([leaf.ravel() for leaf in leaves])


def test_gradient_of_the_verdicts_reaches_the_text_encoder() -> None:
    """It is added to that of the same losses."""
    drawn, alone = compiled(judged=False)(first_state(), batch())
    judged, both = compiled(judged=True)(first_state(), batch())
    np.testing.assert_allclose(both["loss/total"], alone["loss/total"], rtol=1e-5)
    assert np.abs(encoder(judged) - encoder(drawn)).max() > 1e-4


@pytest.mark.slow
def test_discriminators_learn_to_tell_a_model_that_does_not_learn() -> None:
    judge, params, _ = parts()
    apart = {DISCRIMINATORS: optax.adam(3e-3)}
    optimizer = make_optimizer(replace(config().optim, freeze=tuple(MODULES)), 1e-3, params, apart)
    model = XTTS(config(), whole_model.N_VOCAB, whole_model.N_LANGUAGES)
    stats = whole_model.stats()
    learn = adversarial.learn_to_deceive(model, stats, judge)
    step = parallel.compile_step(make_train_step(model, optimizer, stats, learn), donate_state=False)
    state = parallel.replicate(init_state(params, optimizer, 0))
    for _ in range(40):
        state, metrics = step(state, batch())
    last = parallel.unreplicate(metrics)
    assert float(last["score/recorded"]) > float(last["score/generated"]) + 0.3
