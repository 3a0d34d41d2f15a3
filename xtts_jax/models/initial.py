"""The params that an acoustic model starts with, and their shapes."""

from typing import Any, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array

from xtts_jax.config import Config
from xtts_jax.models.features import Features
from xtts_jax.models.xtts import XTTS


def init_params(model: XTTS, seed: int) -> dict[str, Any]:
    """Params for any batch shape, initialized on the smallest one."""

    def init(seed: Array) -> dict[str, Any]:
        first, second = jax.random.split(jax.random.key(seed))
        keys: dict[str, Array] = {"params": first, "dropout": second}
        return cast(dict[str, Any], model.init(keys, _example(model.config), train=False)["params"])

    return jax.jit(init)(jnp.asarray(seed, jnp.int32))


def param_shapes(model: XTTS) -> Any:
    """The params with shapes in place of arrays; nothing is computed."""
    return jax.eval_shape(lambda: init_params(model, seed=0))


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
