"""Random params of generators without their initializers, which take longer to compile than the generator."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from xtts_jax.models.vocoders import Generator


def random_params(generator: Generator) -> dict[str, Any]:
    """Params with kernels that keep the size of their input, biases near 0, scales and gammas near 1."""
    rng = np.random.default_rng(0)
    mel = jax.ShapeDtypeStruct((1, 2, generator.audio.n_mels), jnp.float32)
    shapes = jax.eval_shape(generator.init, jax.random.key(0), mel)["params"]

    def fill(path: tuple, leaf: jax.ShapeDtypeStruct) -> jax.Array:
        offset = 1.0 if path[-1].key in ("scale", "gamma") else 0.0
        spread = 0.1 if leaf.ndim == 1 else math.prod(leaf.shape[:-1]) ** -0.5
        return jnp.asarray(offset + spread * rng.standard_normal(leaf.shape), jnp.float32)

    return jax.tree_util.tree_map_with_path(fill, shapes)
