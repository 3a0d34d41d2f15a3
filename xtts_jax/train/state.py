"""What training carries from step to step."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

Params = dict[str, Any]
GENERATOR, DISCRIMINATORS = "generator", "discriminators"  # modules of params beside those of `models.xtts`


class TrainState(NamedTuple):
    step: Int[Array, ""]
    params: Params
    ema: Params  # exponential moving average of the params that evaluation and synthesis need
    opt_state: optax.OptState
    seed: Int[Array, ""]  # for dropout; an array, so that another seed needs no new compilation
    skipped: Int[Array, ""]  # consecutive steps left out because loss or gradient was not finite


def init_state(params: Params, optimizer: optax.GradientTransformation, seed: int) -> TrainState:
    zero, spoken_with = jnp.zeros((), jnp.int32), {n: p for n, p in params.items() if n != DISCRIMINATORS}
    ema = jax.tree.map(jnp.copy, spoken_with)
    return TrainState(zero, params, ema, optimizer.init(params), jnp.asarray(seed, jnp.int32), zero)
