"""What training carries from step to step."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

Params = dict[str, Any]


class TrainState(NamedTuple):
    step: Int[Array, ""]
    params: Params
    ema: Params  # exponential moving average of params: used for evaluation and synthesis
    opt_state: optax.OptState
    seed: Int[Array, ""]  # for dropout; an array, so that another seed needs no new compilation
    skipped: Int[Array, ""]  # consecutive steps left out because loss or gradient was not finite


def init_state(params: Params, optimizer: optax.GradientTransformation, seed: int) -> TrainState:
    zero, copy = jnp.zeros((), jnp.int32), jax.tree.map(jnp.copy, params)
    return TrainState(zero, params, copy, optimizer.init(params), jnp.asarray(seed, jnp.int32), zero)
