from typing import Any, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.models import ops

F32 = jnp.dtype("float32")


def normal(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def shaken(params, seed: int = 0):
    """Params none of which is zero, so that every path is open."""
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda x: x + 0.3 * random.standard_normal(x.shape).astype(np.float32), params)


def applied(module: nn.Module, params: Any, *inputs: jax.Array) -> jax.Array:
    return cast(jax.Array, module.apply(params, *inputs))


def attend_by_loops(query, key, value, mask):
    """Attention for one query at a time over the keys it may see; masked keys are left out."""
    b, q, h, k = query.shape
    out, weights = np.zeros((b, q, h, value.shape[-1])), np.zeros((b, h, q, key.shape[1]))
    for example, position, head in np.ndindex(b, q, h):
        seen = np.flatnonzero(mask[example, position])
        scores = np.array([query[example, position, head] @ key[example, i, head] for i in seen]) / np.sqrt(k)
        share = np.exp(scores - scores.max())
        weights[example, head, position, seen] = share / share.sum()
        for i in seen:
            out[example, position, head] += weights[example, head, position, i] * value[example, i, head]
    return out, weights


@pytest.mark.parametrize("seed", range(3))
def test_attention_equals_loops_over_the_positions_where_the_mask_is_true(seed):
    random = np.random.default_rng(seed)
    query, key, value = (
        3 * normal(2, n, 2, w, seed=seed + i) for i, (n, w) in enumerate([(5, 4), (7, 4), (7, 6)])
    )
    mask = random.random((2, 5, 7)) < 0.4
    mask[..., 3] |= ~mask.any(axis=-1)
    out, weights = ops.attend(query, key, value, jnp.asarray(mask))
    expected_out, expected_weights = attend_by_loops(np.array(query), np.array(key), np.array(value), mask)
    np.testing.assert_allclose(weights, expected_weights, atol=1e-5)
    np.testing.assert_allclose(out, expected_out, atol=1e-4)
    assert not np.asarray(weights)[~np.broadcast_to(mask[:, None], weights.shape)].any()


def test_attention_weights_sum_to_one_in_half_precision():
    query = jnp.asarray(20 * normal(1, 3, 1, 4), jnp.bfloat16)
    _, weights = ops.attend(query, query, query, jnp.ones((1, 1, 3), bool))
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)


def test_length_mask_is_true_where_there_is_data():
    mask = ops.length_mask(jnp.array([0, 2, 3]), 3)
    np.testing.assert_array_equal(mask, [[False] * 3, [True, True, False], [True] * 3])


def test_rotary_products_depend_only_on_the_distance():
    query, key = normal(2, 8)
    rotated = ops.rotary(jnp.broadcast_to(query, (1, 30, 1, 8)))[0, :, 0]
    keys = ops.rotary(jnp.broadcast_to(key, (1, 30, 1, 8)))[0, :, 0]
    products = np.asarray(rotated @ keys.T)
    by_distance = [np.diagonal(products, offset) for offset in range(-29, 30)]
    for diagonal in by_distance:
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-4)
    assert np.std([diagonal[0] for diagonal in by_distance]) > 0.1
    assert products[0, 0] == pytest.approx(float(query @ key), abs=1e-5)


def test_adaptive_norm_is_a_layer_norm_scaled_and_shifted_by_the_condition():
    module, x, condition = ops.AdaptiveNorm(F32), 5 + 3 * normal(2, 4, 6), normal(2, 3, seed=1)
    params = shaken(module.init(jax.random.key(0), x, condition))
    dense = params["params"]["Dense_0"]
    scale, shift = jnp.split(condition @ dense["kernel"] + dense["bias"][None], 2, axis=-1)
    plain = (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-6)
    expected = plain * (1 + scale[:, None]) + shift[:, None]
    np.testing.assert_allclose(applied(module, params, x, condition), expected, atol=1e-4)
    other = applied(module, params, x, condition + normal(2, 3, seed=2))
    assert np.abs(other - expected).max() > 0.1


def test_conv3_is_a_convolution():
    module, x = ops.Conv3(6, F32), normal(2, 9, 5)
    params = shaken(module.init(jax.random.key(0), x))
    dense = params["params"]["kernel"]
    kernel = jnp.reshape(dense["kernel"], (3, 5, 6))
    expected = jax.lax.conv_general_dilated(x, kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
    np.testing.assert_allclose(applied(module, params, x), expected + dense["bias"][None, None], atol=1e-5)


LENGTHS = np.array([9, 4, 1])
REAL = np.arange(9) < LENGTHS[:, None]
MASK = jnp.asarray(REAL)


@pytest.fixture(scope="module")
def stack():
    """A stack of two blocks as a function of its input, its fresh params, and an input."""
    module = ops.Stack(layers=2, heads=2, ffn_width=16, dropout=0.0, dtype=F32)
    x, condition = normal(3, 9, 8), normal(3, 5, seed=1)
    fresh = jax.jit(lambda: module.init(jax.random.key(0), x, condition, MASK, train=False))()
    params = shaken(fresh)
    return jax.jit(lambda x: module.apply(params, x, condition, MASK, train=False)), fresh["params"], x


def test_real_positions_of_a_stack_ignore_the_padding(stack):
    apply, _, x = stack
    junk = jnp.where(MASK[..., None], x, 100 * normal(*x.shape, seed=2))
    np.testing.assert_array_equal(np.asarray(apply(junk))[REAL], np.asarray(apply(x))[REAL])


def test_every_real_position_of_a_stack_sees_all_others_and_their_order(stack):
    apply, _, x = stack
    reached = np.abs(jax.jit(jax.grad(lambda inputs: apply(inputs)[0, 8].sum()))(x)[0]).max(axis=-1)
    assert reached.min() > 1e-6
    swapped = x[:, jnp.array([1, 0, *range(2, 9)])]
    assert np.abs(apply(swapped)[0, 8] - apply(x)[0, 8]).max() > 1e-4


def test_layers_of_a_stack_start_out_different(stack):
    _, fresh, _ = stack
    first, second = fresh["blocks"]["attention"]["qkv"]["kernel"]
    assert np.abs(first - second).max() > 0.1


def test_a_convolution_stack_ignores_the_padding_and_sets_it_to_zero():
    module, x = ops.ConvStack(layers=3, width=8, dropout=0.0, dtype=F32), normal(3, 9, 5)
    params = shaken(jax.jit(lambda: module.init(jax.random.key(0), x, MASK, train=False))())
    apply = jax.jit(lambda x: module.apply(params, x, MASK, train=False))
    clean = np.asarray(apply(x))
    junk = jnp.where(MASK[..., None], x, 100 * normal(*x.shape, seed=2))
    np.testing.assert_array_equal(apply(junk), clean)
    assert not clean[~REAL].any()
    assert np.abs(clean[REAL]).max() > 0.1
