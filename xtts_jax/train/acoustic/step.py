"""One step of training and one of evaluation, pure; `train.parallel` compiles them over the devices."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from xtts_jax.losses.acoustic import Counts, count, loss_terms, mel_l1, weighted_sum
from xtts_jax.models.alignment import warp_to
from xtts_jax.models.features import Features, extract
from xtts_jax.models.generate import generate_beside
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.train import health
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params, TrainState
from xtts_jax.types import Batch, Stats

DEVICES = "devices"  # the pmap axis

Weights = dict[str, Float[Array, ""]]


def make_train_step(
    model: XTTS, optimizer: optax.GradientTransformation, stats: Stats
) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
    """`make_weighted_step` with the weights of the configuration."""
    step, weights = make_weighted_step(model, optimizer, stats), asdict(model.config.loss)
    return lambda state, batch: step(state, batch, weights)


def make_weighted_step(
    model: XTTS, optimizer: optax.GradientTransformation, stats: Stats
) -> Callable[[TrainState, Batch, Weights], tuple[TrainState, Metrics]]:
    """A step over one device's share of the batch; gradients and metrics are means over all devices.

    Of the metrics all are scalars but two: `leaf_grad_norm`, of every leaf of params in order, and
    `utterance_finite`, of every utterance of the whole batch in order.
    """
    config = model.config

    def loss_fn(
        params: Params, features: Features, counts: Counts, weights: Weights, key: Array
    ) -> tuple[Array, tuple[Metrics, health.Measures, Array]]:
        outputs = apply(model, params, lambda m: m(features, train=True), {"dropout": key})
        terms = loss_terms(outputs, features, stats, counts)
        total = weighted_sum(terms, weights)
        metrics = {f"loss/{name}": value for name, value in terms.items()} | {"loss/total": total}
        measures = health.measure(outputs, features, stats, counts, model.n_vocab)
        return total, (metrics, measures, health.utterances_finite(outputs, features))

    def train_step(state: TrainState, batch: Batch, weights: Weights) -> tuple[TrainState, Metrics]:
        features = extract(batch, config.audio, stats)
        share = jax.lax.psum(1, DEVICES) * config.train.accumulate  # how many ways the batch is cut
        counts = jax.tree.map(lambda x: jax.lax.psum(x, DEVICES) / share, count(features))
        features = _split(features, config.train.accumulate)
        key = device_key(state)

        def micro_step(index: Array | int) -> tuple[Params, tuple[Metrics, health.Measures, Array]]:
            part = jax.tree.map(lambda x: x[index], features)
            grad_fn = jax.grad(loss_fn, has_aux=True)
            return grad_fn(state.params, part, counts, weights, jax.random.fold_in(key, index))

        grads, (metrics, measures, finite) = _stack_over(micro_step, config.train.accumulate)
        means = jax.tree.map(lambda x: x.mean(axis=0), (grads, metrics, measures))
        grads, metrics, measures = jax.lax.pmean(means, DEVICES)
        metrics |= health.summarize(measures)
        metrics["utterance_finite"] = jax.lax.all_gather(finite.reshape(-1), DEVICES).reshape(-1)
        return take_step(state, grads, metrics, optimizer, config.optim.ema_decay)

    return train_step


def make_eval_step(model: XTTS, stats: Stats) -> Callable[[Params, Batch, Bool[Array, "b"]], Metrics]:
    """Sums over the examples where `valid` is True, over all devices: divide by the sums of counts.

    `teacher` has the recording's durations and prosody; `free` has nothing but text and reference,
    timed to the recording token by token (`alignment.warp_to`) for comparison.
    """
    one = Counts(jnp.ones(()), jnp.ones(()))

    def eval_step(params: Params, batch: Batch, valid: Bool[Array, "b"]) -> Metrics:
        features = extract(batch, model.config.audio, stats)
        features = features._replace(
            text_mask=features.text_mask & valid[:, None], mel_mask=features.mel_mask & valid[:, None]
        )
        outputs = apply(model, params, lambda m: m(features, train=False))
        free = generate_beside(model, params, features)
        warped = warp_to(free.mel, free.durations, outputs.durations, features.mel.shape[1])
        counts = count(features)
        off = jnp.abs(free.durations - outputs.durations) * features.text_mask
        sums = {
            "mel_l1_teacher": mel_l1(outputs.mel, features, stats, one),
            "mel_l1_free": mel_l1(warped, features, stats, one),
            "duration_error_frames": off.sum().astype(jnp.float32),
            "predicted_frames": (free.durations * features.text_mask).sum().astype(jnp.float32),
            "variance_free": variance_over_time(warped, features.mel_mask),
            "variance_recorded": variance_over_time(features.mel, features.mel_mask),
            "tokens": counts.tokens,
            "frames": counts.frames,
        }
        return jax.lax.psum(sums, DEVICES)

    return eval_step


def variance_over_time(mel: Float[Array, "b t m"], real: Bool[Array, "b t"]) -> Float[Array, ""]:
    """Of each utterance's real frames about their mean spectrum: mean over the bins, sum over utterances."""
    weights = real[..., None] / jnp.maximum(real.sum(axis=1), 1)[:, None, None]
    mean = (mel * weights).sum(axis=1, keepdims=True)
    return (jnp.square(mel - mean) * weights).sum(axis=1).mean(axis=-1).sum()


def _split(features: Features, parts: int) -> Features:
    return jax.tree.map(lambda x: x.reshape(parts, -1, *x.shape[1:]), features)


def _stack_over(function: Callable[[Array | int], Any], times: int) -> Any:
    if times == 1:
        return jax.tree.map(lambda x: x[None], function(0))
    return jax.lax.map(function, jnp.arange(times))


def device_key(state: TrainState) -> Array:
    """Another one at every step, and on every device."""
    key = jax.random.fold_in(jax.random.key(state.seed), state.step)
    return jax.random.fold_in(key, jax.lax.axis_index(DEVICES))


def take_step(
    state: TrainState,
    grads: Params,
    metrics: Metrics,
    optimizer: optax.GradientTransformation,
    ema_decay: float,
) -> tuple[TrainState, Metrics]:
    """The update, or the old state with one more `skipped` where loss or gradient is not finite."""
    norms = health.leaf_norms(grads)
    norm = health.total_norm(norms)
    finite = jnp.isfinite(norm) & jnp.isfinite(metrics["loss/total"])
    changes, opt_state = optimizer.update(grads, state.opt_state, state.params)
    params = cast(Params, optax.apply_updates(state.params, changes))
    decay = jnp.minimum(ema_decay, (1 + state.step) / (10 + state.step))
    ema = cast(Params, optax.incremental_update(params, state.ema, 1 - decay))
    moved = TrainState(state.step + 1, params, ema, opt_state, state.seed, jnp.zeros_like(state.skipped))
    stayed = state._replace(step=state.step + 1, skipped=state.skipped + 1)
    new = jax.tree.map(lambda a, b: jnp.where(finite, a, b), moved, stayed)
    movement = health.movement(state, new, norms)
    return new, metrics | movement | {"grad_norm": norm, "skipped": new.skipped}
