"""Discriminators of mels, two-dimensional as in Guo et al. (2022), one for pieces of each of several lengths.

(Guo et al.: "A Multi-Scale Time-Frequency Spectrogram Discriminator for GAN-based Non-Autoregressive TTS".)
"""

from dataclasses import dataclass

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from xtts_jax.models.discriminators.strided_conv import StridedConv
from xtts_jax.models.discriminators.verdict import Verdict

# Taps and strides of every layer, both as (time, frequency), and its channels over those of the first.
LAYERS = (((3, 5), (1, 2), 1), ((3, 5), (2, 2), 2), ((3, 5), (2, 2), 2), ((3, 3), (1, 1), 2))
SCORE_TAPS = (3, 3)
SLOPE = 0.2  # leaky ReLU


@dataclass(frozen=True)
class Windows:
    frames: tuple[int, ...]  # lengths of the pieces that are judged, one discriminator for each
    width: int  # channels of the first layer


class WindowDiscriminator(nn.Module):
    """Scores pieces of normalized mels."""

    width: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, mel: Float[Array, "b t m"]) -> Verdict:
        x, features = mel[..., None], []
        for i, (taps, strides, times) in enumerate(LAYERS):
            conv = StridedConv(times * self.width, taps, strides, self.dtype, name=f"conv_{i}")
            x = nn.leaky_relu(conv(x), SLOPE)
            features.append(x)
        scores = StridedConv(1, SCORE_TAPS, (1, 1), self.dtype, name="score")(x).astype(jnp.float32)
        return Verdict(scores.reshape(mel.shape[0], -1), (*features, scores))


class WindowDiscriminators(nn.Module):
    """One for each window; they share no params."""

    windows: Windows
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, pieces: tuple[Float[Array, "b _ m"], ...]) -> list[Verdict]:
        return [
            WindowDiscriminator(self.windows.width, self.dtype, name=f"frames_{frames}")(piece)
            for frames, piece in zip(self.windows.frames, pieces, strict=True)
        ]


def cut(
    mels: Float[Array, "b t m"], lengths: Int[Array, "b"], windows: Windows, key: Array
) -> tuple[Float[Array, "b _ m"], ...]:
    """For every window, a piece of each mel from a random place, which `key` chooses.

    A piece ends with its mel at the latest, but for mels shorter than the window; none is longer than t.
    """
    pieces = []
    for frames, each in zip(windows.frames, jax.random.split(key, len(windows.frames)), strict=True):
        frames = min(frames, mels.shape[1])
        room = jnp.maximum(lengths - frames + 1, 1)
        starts = (jax.random.uniform(each, lengths.shape) * room).astype(jnp.int32)
        pieces.append(
            jax.vmap(lambda mel, start, n=frames: jax.lax.dynamic_slice_in_dim(mel, start, n))(mels, starts)
        )
    return tuple(pieces)
