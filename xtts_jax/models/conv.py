"""One-dimensional convolutions over (batch, time, channels) in forms that XLA runs fast on a CPU.

They are zero-padded so that `t` frames give `t` frames, or `t * stride` samples.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

DIMENSIONS = ("NWC", "WIO", "NWC")


def conv1d(
    x: Float[Array, "b t i"], kernel: Float[Array, "k i o"], *, dilation: int
) -> Float[Array, "b t o"]:
    """Cross-correlation with an odd number of taps, `dilation` frames apart."""
    pad = (kernel.shape[0] - 1) // 2 * dilation
    return jax.lax.conv_general_dilated(
        x, kernel, (1,), [(pad, pad)], rhs_dilation=(dilation,), dimension_numbers=DIMENSIONS
    )


def depthwise_conv1d(x: Float[Array, "b t d"], kernel: Float[Array, "k 1 d"]) -> Float[Array, "b t d"]:
    """A convolution per channel with an odd number of taps, 20 times faster than XLA's grouped one."""
    pad = (kernel.shape[0] - 1) // 2
    padded = jnp.pad(x, ((0, 0), (pad, pad), (0, 0)))
    terms = [padded[:, i : i + x.shape[1]] * kernel[i][None] for i in range(kernel.shape[0])]
    return sum(terms[1:], start=terms[0])


def smooth(values: Float[Array, "b t"], taps: int) -> Float[Array, "b t"]:
    """Means over an odd number of neighbors, weighted by a Hann window; the ends are extended."""
    window, reach = jnp.hanning(taps + 2)[1:-1], taps // 2
    padded = jnp.pad(values, ((0, 0), (reach, reach)), mode="edge")
    kernel = window / window.sum()
    return depthwise_conv1d(padded[..., None], kernel[:, None, None])[:, reach : reach + values.shape[1], 0]


def transposed_conv1d(
    x: Float[Array, "b t i"], kernel: Float[Array, "k i o"], *, stride: int
) -> Float[Array, "b s o"]:
    """PyTorch's ConvTranspose1d with padding (k - stride) / 2, which must be whole; s = t * stride.

    One matrix product gives k outputs per frame, which are added where they overlap; this is 17 times
    faster than XLA's transposed convolution.
    """
    taps, batch, frames = kernel.shape[0], x.shape[0], x.shape[1]
    pad, blocks = (taps - stride) // 2, -(-taps // stride)
    spread = jnp.einsum("bti,kio->btko", x, kernel)
    spread = jnp.pad(spread, ((0, 0), (0, 0), (0, blocks * stride - taps), (0, 0)))
    parts = jnp.split(spread, blocks, axis=2)
    shifted = [jnp.pad(part, ((0, 0), (i, blocks - 1 - i), (0, 0), (0, 0))) for i, part in enumerate(parts)]
    whole = sum(shifted[1:], start=shifted[0]).reshape(batch, -1, kernel.shape[2])
    return whole[:, pad : pad + frames * stride]


class Conv1d(nn.Module):
    features: int
    taps: int
    dilation: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b t i"]) -> Float[Array, "b t o"]:
        shape = (self.taps, x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.lecun_normal(), shape).astype(self.dtype)
        bias = self.param("bias", nn.initializers.zeros, shape[2:]).astype(self.dtype)
        return conv1d(x.astype(self.dtype), kernel, dilation=self.dilation) + bias[None, None]


class DepthwiseConv1d(nn.Module):
    taps: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b t d"]) -> Float[Array, "b t d"]:
        shape = (self.taps, 1, x.shape[-1])
        kernel = self.param("kernel", nn.initializers.lecun_normal(), shape).astype(self.dtype)
        bias = self.param("bias", nn.initializers.zeros, shape[2:]).astype(self.dtype)
        return depthwise_conv1d(x.astype(self.dtype), kernel) + bias[None, None]


class TransposedConv1d(nn.Module):
    features: int
    taps: int
    stride: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b t i"]) -> Float[Array, "b s o"]:
        shape = (self.taps, x.shape[-1], self.features)
        each_output_sees = nn.initializers.variance_scaling(self.stride, "fan_in", "truncated_normal")
        kernel = self.param("kernel", each_output_sees, shape).astype(self.dtype)
        bias = self.param("bias", nn.initializers.zeros, shape[2:]).astype(self.dtype)
        return transposed_conv1d(x.astype(self.dtype), kernel, stride=self.stride) + bias[None, None]
