import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.models.conv import Conv1d, TransposedConv1d, conv1d, depthwise_conv1d, transposed_conv1d

RNG = np.random.default_rng(0)
SOUND = jnp.asarray(RNG.standard_normal((2, 9, 3)), jnp.float32)


@pytest.mark.parametrize(("taps", "dilation"), [(1, 1), (3, 1), (7, 1), (3, 5)])
def test_each_frame_is_the_sum_of_its_neighbors_times_the_taps(taps, dilation):
    kernel = jnp.asarray(RNG.standard_normal((taps, 3, 4)), jnp.float32)
    expected = np.zeros((2, 9, 4))
    for frame in range(9):
        for tap in range(taps):
            neighbor = frame + (tap - taps // 2) * dilation
            if 0 <= neighbor < 9:
                expected[:, frame] += SOUND[:, neighbor] @ kernel[tap]
    np.testing.assert_allclose(conv1d(SOUND, kernel, dilation=dilation), expected, atol=1e-5)


def test_a_depthwise_convolution_is_a_convolution_with_a_diagonal_kernel():
    kernel = jnp.asarray(RNG.standard_normal((7, 1, 3)), jnp.float32)
    diagonal = kernel * jnp.eye(3)[None]
    expected = conv1d(SOUND, diagonal, dilation=1)
    np.testing.assert_allclose(depthwise_conv1d(SOUND, kernel), expected, atol=1e-5)


@pytest.mark.parametrize(("taps", "stride"), [(16, 8), (4, 2), (8, 4), (5, 3), (3, 3), (7, 1), (9, 3)])
def test_a_transposed_convolution_spreads_each_frame_over_its_taps(taps, stride):
    kernel = jnp.asarray(RNG.standard_normal((taps, 3, 4)), jnp.float32)
    whole = np.zeros((2, 8 * stride + taps, 4))
    for frame in range(9):
        for tap in range(taps):
            whole[:, frame * stride + tap] += SOUND[:, frame] @ kernel[tap]
    pad = (taps - stride) // 2
    expected = whole[:, pad : pad + 9 * stride]
    spread = jax.jit(transposed_conv1d, static_argnames="stride")(SOUND, kernel, stride=stride)
    np.testing.assert_allclose(spread, expected, atol=1e-5)


@pytest.mark.parametrize(
    "layer", [Conv1d(32, 7, 1, jnp.dtype("float32")), TransposedConv1d(32, 16, 8, jnp.dtype("float32"))]
)
def test_fresh_layers_keep_the_size_of_their_input(layer):
    noise = jax.random.normal(jax.random.key(0), (1, 200, 64))
    out, _ = layer.init_with_output(jax.random.key(1), noise)
    assert 0.8 < out.std() < 1.2
