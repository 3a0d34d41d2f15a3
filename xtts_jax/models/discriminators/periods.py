"""The multi-period discriminator (Kong, Kim & Bae 2020, section 2.3)."""

from dataclasses import dataclass

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.models.discriminators.strided_conv import StridedConv
from xtts_jax.models.discriminators.verdict import Verdict

TAPS, STRIDE = 5, 3  # the same in all layers, except that the last has a stride of 1
SCORE_TAPS = 3
SLOPE = 0.1  # leaky ReLU


@dataclass(frozen=True)
class Periods:
    periods: tuple[int, ...]  # samples
    widths: tuple[int, ...]  # channels of each layer


PUBLISHED_PERIODS = Periods((2, 3, 5, 7, 11), (32, 128, 512, 1024, 1024))


class PeriodDiscriminator(nn.Module):
    """Scores the `period` sequences of every period-th sample, each separately.

    The sequences are folded into the batch: the two-dimensional convolutions of the paper, which are one
    tap wide along the period, become one-dimensional.
    """

    period: int
    widths: tuple[int, ...]
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, audio: Float[Array, "b s"]) -> Verdict:
        x, features = fold(audio, self.period), []
        for i, width in enumerate(self.widths):
            stride = STRIDE if i < len(self.widths) - 1 else 1
            x = StridedConv(width, (TAPS,), (stride,), self.dtype, name=f"conv_{i}")(x)
            x = nn.leaky_relu(x, SLOPE)
            features.append(x)
        scores = StridedConv(1, (SCORE_TAPS,), (1,), self.dtype, name="score")(x).astype(jnp.float32)
        return Verdict(scores.reshape(audio.shape[0], -1), (*features, scores))


def fold(audio: Float[Array, "b s"], period: int) -> Float[Array, "bp l 1"]:
    """Row b * period + i has the samples i, i + period, ... of waveform b; the end is reflect-padded."""
    whole = jnp.pad(audio, ((0, 0), (0, -audio.shape[1] % period)), mode="reflect")
    rows = whole.reshape(audio.shape[0], -1, period).swapaxes(1, 2)
    return rows.reshape(audio.shape[0] * period, -1, 1)
