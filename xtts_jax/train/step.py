"""What the training steps of all families share: the axis of devices, random keys, the update itself."""

from typing import cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from xtts_jax.train import health
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params, TrainState

DEVICES = "devices"  # the pmap axis


def device_key(state: TrainState) -> Array:
    """A random key that differs from step to step and from device to device."""
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
    averaged = {name: params[name] for name in state.ema}
    ema = cast(Params, optax.incremental_update(averaged, state.ema, 1 - decay))
    moved = TrainState(state.step + 1, params, ema, opt_state, state.seed, jnp.zeros_like(state.skipped))
    stayed = state._replace(step=state.step + 1, skipped=state.skipped + 1)
    new = jax.tree.map(lambda a, b: jnp.where(finite, a, b), moved, stayed)
    movement = health.movement(state, new, norms)
    return new, metrics | movement | {"grad_norm": norm, "skipped": new.skipped}
