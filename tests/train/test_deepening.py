"""A stack that gets more layers computes what it did before."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict, unflatten_dict

from xtts_jax.models.ops import Stack
from xtts_jax.train.deepening import deepened, is_deeper

GIVEN = (jnp.linspace(-1, 1, 48).reshape(1, 6, 8), jnp.linspace(0, 1, 8)[None], jnp.ones((1, 6), bool))
Leaves = dict[tuple[str, ...], np.ndarray]


@pytest.mark.parametrize("layers", [3, 5])
def test_a_deeper_stack_begins_as_the_same_function(layers: int) -> None:
    shallow, deep = stack(2), stack(layers)
    theirs = {path: leaf + 0.1 for path, leaf in leaves(shallow).items()}
    grown = {path: started(path, leaf, theirs[path]) for path, leaf in leaves(deep).items()}
    np.testing.assert_allclose(output(deep, grown), output(shallow, theirs), atol=1e-5)
    queries = grown["blocks", "attention", "qkv", "kernel"]
    assert all(queries[layer].any() for layer in range(layers))


def stack(layers: int) -> Stack:
    return Stack(layers, 2, 16, 0.0, jnp.dtype("float32"))


def leaves(model: Stack) -> Leaves:
    params = model.init(jax.random.key(model.layers), *GIVEN, train=False)["params"]
    return {path: np.asarray(leaf) for path, leaf in flatten_dict(params).items()}


def started(path: tuple[str, ...], leaf: np.ndarray, found: np.ndarray) -> np.ndarray:
    return deepened(path, leaf, found) if is_deeper(path, leaf, found) else found


def output(model: Stack, params: Leaves) -> np.ndarray:
    return np.asarray(model.apply({"params": unflatten_dict(params)}, *GIVEN, train=False))
