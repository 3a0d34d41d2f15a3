"""What training carries from step to step."""

from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

from xtts_jax.config import Config
from xtts_jax.models.features import Features
from xtts_jax.models.xtts import XTTS

Params = dict[str, Any]


class TrainState(NamedTuple):
    step: Int[Array, ""]
    params: Params
    ema: Params  # exponential moving average of params: what is evaluated and spoken with
    opt_state: optax.OptState
    seed: Int[Array, ""]  # of dropout; a value, so that another seed is no other program to compile
    skipped: Int[Array, ""]  # consecutive steps left out because loss or gradient was not finite


def init_params(model: XTTS, seed: int) -> Params:
    """Params for any batch shape; those used here are the smallest."""

    def init(seed: Array) -> Params:
        first, second = jax.random.split(jax.random.key(seed))
        keys: dict[str, Array] = {"params": first, "dropout": second}
        return cast(Params, model.init(keys, _example(model.config), train=False)["params"])

    return jax.jit(init)(jnp.asarray(seed, jnp.int32))


def init_state(params: Params, optimizer: optax.GradientTransformation, seed: int) -> TrainState:
    zero, copy = jnp.zeros((), jnp.int32), jax.tree.map(jnp.copy, params)
    return TrainState(zero, params, copy, optimizer.init(params), jnp.asarray(seed, jnp.int32), zero)


def _example(config: Config) -> Features:
    tokens, frames = 4, 4 * config.model.frames_per_step
    ones = jnp.ones((1, frames))
    mel = jnp.zeros((1, frames, config.audio.n_mels))
    return Features(
        tokens=jnp.zeros((1, tokens), jnp.int32),
        text_mask=jnp.ones((1, tokens), bool),
        language_ids=jnp.zeros((1,), jnp.int32),
        mel=mel,
        mel_mask=ones > 0,
        log_f0=ones,
        voiced=ones > 0,
        energy=ones,
        reference_mel=mel,
        reference_lengths=jnp.full((1,), frames),
    )
