"""The multi-resolution discriminator (Jang et al. 2021, section 2.3), with the layers of Vocos (2023)."""

from dataclasses import dataclass

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.audio.spectrogram import magnitude
from xtts_jax.config import Audio
from xtts_jax.models.discriminators.strided_conv import StridedConv
from xtts_jax.models.discriminators.verdict import Verdict

# Taps and strides of every layer, both as (time, frequency).
LAYERS = (((5, 7), (2, 2)), ((3, 5), (1, 2)), ((3, 5), (2, 2)), ((3, 3), (1, 2)), ((3, 3), (2, 2)))
SCORE_TAPS = (3, 3)
SLOPE = 0.1  # leaky ReLU


@dataclass(frozen=True)
class Resolutions:
    n_ffts: tuple[int, ...]  # samples; the hops are a quarter of them
    width: int  # channels of every layer


VOCOS_RESOLUTIONS = Resolutions((512, 1024, 2048), 64)


class ResolutionDiscriminator(nn.Module):
    """Scores the magnitudes of one STFT."""

    n_fft: int
    width: int
    audio: Audio
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, audio: Float[Array, "b s"]) -> Verdict:
        x, features = magnitude(audio, self.n_fft, self.audio)[..., None], []
        for i, (taps, strides) in enumerate(LAYERS):
            x = nn.leaky_relu(StridedConv(self.width, taps, strides, self.dtype, name=f"conv_{i}")(x), SLOPE)
            features.append(x)
        scores = StridedConv(1, SCORE_TAPS, (1, 1), self.dtype, name="score")(x).astype(jnp.float32)
        return Verdict(scores.reshape(audio.shape[0], -1), (*features, scores))
