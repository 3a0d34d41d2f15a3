"""What the training steps of all families share: devices, random keys, parts of a batch, the update."""

from collections.abc import Callable
from typing import TypeVar, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from xtts_jax.config import Optim
from xtts_jax.train import health
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params, TrainState

DEVICES = "devices"  # the pmap axis

Decay = Callable[[Array], Array]  # from the step to the weight of the average so far

T = TypeVar("T")
Kept = TypeVar("Kept")


def device_key(state: TrainState) -> Array:
    """A random key that differs from step to step and from device to device."""
    key = jax.random.fold_in(jax.random.key(state.seed), state.step)
    return jax.random.fold_in(key, jax.lax.axis_index(DEVICES))


def split(batch: T, parts: int) -> T:
    """The leading axis of every array in equal parts, along a new axis before it."""
    return jax.tree.map(lambda x: jnp.reshape(x, (parts, -1, *x.shape[1:])), batch)


def over_parts(
    function: Callable[[Array | int], tuple[T, Kept]], parts: int, *, convolving: bool = False
) -> tuple[T, Kept]:
    """Calls `function` for each part in turn; returns the mean of its first results, and the second stacked.

    convolving: whether XLA's convolutions are in it. A loop of these takes a CPU 40 times as long, so there
    the parts are written out one after another, which saves no memory.
    """
    if parts == 1:
        mean, kept = function(0)
        return mean, jax.tree.map(lambda x: x[None], kept)

    def add(total: T, part: Array) -> tuple[T, Kept]:
        more, kept = function(part)
        return jax.tree.map(jnp.add, total, more), kept

    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(function, 0)[0])
    written_out = parts if convolving and jax.default_backend() == "cpu" else 1
    total, kept = jax.lax.scan(add, zeros, jnp.arange(parts), unroll=written_out)
    return jax.tree.map(lambda x: x / parts, total), kept


def averaging(optim: Optim) -> Decay:
    """How the averaged params, with which a model speaks, follow the params: `optim.ema_warmup`."""

    def decay(step: Array) -> Array:
        least = (1 + step) / (10 + step) if optim.ema_warmup else 1.0
        return jnp.minimum(optim.ema_decay, least)

    return decay


def take_step(
    state: TrainState,
    grads: Params,
    metrics: Metrics,
    optimizer: optax.GradientTransformation,
    decay: Decay,
) -> tuple[TrainState, Metrics]:
    """The update, or the old state with one more `skipped` where loss or gradient is not finite."""
    norms = health.leaf_norms(grads)
    norm = health.total_norm(norms)
    finite = jnp.isfinite(norm) & jnp.isfinite(metrics["loss/total"])
    changes, opt_state = optimizer.update(grads, state.opt_state, state.params)
    params = cast(Params, optax.apply_updates(state.params, changes))
    averaged = {name: params[name] for name in state.ema}
    ema = cast(Params, optax.incremental_update(averaged, state.ema, 1 - decay(state.step)))
    moved = TrainState(state.step + 1, params, ema, opt_state, state.seed, jnp.zeros_like(state.skipped))
    stayed = state._replace(step=state.step + 1, skipped=state.skipped + 1)
    new = jax.tree.map(lambda a, b: jnp.where(finite, a, b), moved, stayed)
    movement = health.movement(state, new, norms)
    return new, metrics | movement | {"grad_norm": norm, "skipped": new.skipped}
