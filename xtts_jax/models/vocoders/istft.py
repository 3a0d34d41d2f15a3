"""The iSTFT generator of Siuzdak (2023): blocks at frame rate, then magnitude and phase of every bin.

The waveform can be refined to match the mel inside the network, with gradient. The network then only has to
learn what the mel leaves open: phases and the fine structure within the bands.
"""

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.refine import refine
from xtts_jax.audio.stft import istft
from xtts_jax.config import Audio
from xtts_jax.models.conv import Conv1d, DepthwiseConv1d
from xtts_jax.models.vocoders.spec import Istft

TAPS = 7  # all convolutions
LARGEST_MAGNITUDE = 100.0  # any bin may have; a safeguard from the paper
EPSILON = 1e-6  # all layer norms


class IstftVocoder(nn.Module):
    """Maps a natural-log mel to t * hop_length samples; params are named as in Vocos' state_dict."""

    spec: Istft
    audio: Audio
    dtype: jnp.dtype

    @property
    def receptive_field(self) -> int:
        """Number of frames on either side that the samples of a frame depend on."""
        hop, n_fft = self.audio.hop_length, self.audio.n_fft
        overlapping = -(-(n_fft + hop) // (2 * hop)) - 1
        refined = self.spec.refinements * (-(-n_fft // hop) - 1)
        return (TAPS - 1) // 2 * (1 + self.spec.layers) + overlapping + refined

    @nn.compact
    def __call__(self, mel: Float[Array, "b t m"]) -> Float[Array, "b s"]:
        x = Conv1d(self.spec.width, TAPS, 1, self.dtype, name="embed")(mel)
        x = nn.LayerNorm(EPSILON, dtype=self.dtype, name="norm")(x)
        for i in range(self.spec.layers):
            x = Block(self.spec.hidden, 1 / self.spec.layers, self.dtype, name=f"convnext_{i}")(x)
        x = nn.LayerNorm(EPSILON, dtype=self.dtype, name="final_layer_norm")(x)
        waveform = Head(self.audio, name="head")(x.astype(jnp.float32))
        return refine(waveform, mel.astype(jnp.float32), self.audio, self.spec.refinements)


class Block(nn.Module):
    """A ConvNeXt block without downsampling (Liu et al. 2022), whose branch is scaled by gamma."""

    hidden: int
    gamma: float  # initial value
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b t d"]) -> Float[Array, "b t d"]:
        y = DepthwiseConv1d(TAPS, self.dtype, name="dwconv")(x)
        y = nn.LayerNorm(EPSILON, dtype=self.dtype, name="norm")(y)
        y = nn.gelu(nn.Dense(self.hidden, dtype=self.dtype, name="pwconv1")(y), approximate=False)
        y = nn.Dense(x.shape[-1], dtype=self.dtype, name="pwconv2")(y)
        gamma = self.param("gamma", nn.initializers.constant(self.gamma), x.shape[-1:])
        return x + y * gamma.astype(self.dtype)[None, None]


class Head(nn.Module):
    """The log-magnitude and angle of every bin, in float32, and the waveform of that spectrum."""

    audio: Audio

    @nn.compact
    def __call__(self, x: Float[Array, "b t d"]) -> Float[Array, "b s"]:
        log_magnitude, angle = jnp.split(nn.Dense(self.audio.n_fft + 2, name="out")(x), 2, axis=-1)
        magnitude = jnp.exp(jnp.minimum(log_magnitude, np.log(LARGEST_MAGNITUDE)))
        spectrum = jnp.complex64(magnitude * jnp.cos(angle) + 1j * magnitude * jnp.sin(angle))
        return istft(spectrum, self.audio)
