"""The HiFi-GAN generator (Kong, Kim & Bae 2020, section 2.2 and appendix A.1)."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.config import Audio
from xtts_jax.models.conv import Conv1d, TransposedConv1d
from xtts_jax.models.vocoders.spec import Hifigan

END_TAPS = 7  # first and last convolution
SLOPE = 0.1  # leaky ReLU, except the last
LAST_SLOPE = 0.01


class HifiganVocoder(nn.Module):
    """Maps a natural-log mel, as defined by `audio`, to t * hop_length samples in [-1, 1].

    Params are named as in the public state_dicts, with the weight norm folded in.
    """

    spec: Hifigan
    audio: Audio
    dtype: jnp.dtype

    @property
    def receptive_field(self) -> int:
        """Number of frames on either side that the samples of a frame depend on."""
        spec, reach = self.spec, (END_TAPS - 1) // 2
        for rate, taps in zip(spec.upsample_rates[::-1], spec.upsample_kernel_sizes[::-1], strict=True):
            rows = zip(spec.resblock_kernel_sizes, spec.resblock_dilation_sizes, strict=True)
            reach += max(_block_reach(spec.resblock, kernel, dilations) for kernel, dilations in rows)
            reach = (reach + (taps + rate) // 2 - 1) // rate
        return reach + (END_TAPS - 1) // 2

    @nn.compact
    def __call__(self, mel: Float[Array, "b t m"]) -> Float[Array, "b s"]:
        spec, width = self.spec, self.spec.upsample_initial_channel
        x = Conv1d(width, END_TAPS, 1, self.dtype, name="conv_pre")(mel)
        blocks = list(zip(spec.resblock_kernel_sizes, spec.resblock_dilation_sizes, strict=True))
        stages = zip(spec.upsample_rates, spec.upsample_kernel_sizes, strict=True)
        for i, (rate, taps) in enumerate(stages):
            width //= 2
            x = TransposedConv1d(width, taps, rate, self.dtype, name=f"ups_{i}")(nn.leaky_relu(x, SLOPE))
            branches = [
                Block(spec.resblock, kernel, dilations, self.dtype, name=f"resblocks_{i * len(blocks) + j}")(
                    x
                )
                for j, (kernel, dilations) in enumerate(blocks)
            ]
            x = sum(branches[1:], start=branches[0]) / len(branches)
        x = Conv1d(1, END_TAPS, 1, self.dtype, name="conv_post")(nn.leaky_relu(x, LAST_SLOPE))
        return jnp.tanh(x[..., 0].astype(jnp.float32))


class Block(nn.Module):
    """Residual dilated convolutions of one kernel size, each followed by an undilated one in kind "1"."""

    kind: str
    taps: int
    dilations: tuple[int, ...]
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b t d"]) -> Float[Array, "b t d"]:
        for i, dilation in enumerate(self.dilations):
            y = self._conv(x, dilation, f"convs1_{i}" if self.kind == "1" else f"convs_{i}")
            if self.kind == "1":
                y = self._conv(y, 1, f"convs2_{i}")
            x = x + y
        return x

    def _conv(self, x: Float[Array, "b t d"], dilation: int, name: str) -> Float[Array, "b t d"]:
        return Conv1d(x.shape[-1], self.taps, dilation, self.dtype, name=name)(nn.leaky_relu(x, SLOPE))


def _block_reach(kind: str, taps: int, dilations: tuple[int, ...]) -> int:
    return (taps - 1) // 2 * (sum(dilations) + (len(dilations) if kind == "1" else 0))
