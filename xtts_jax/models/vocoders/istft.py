"""The iSTFT generator of Siuzdak (2023): blocks at frame rate, then magnitude and phase of every bin.

Its waveform may then be refined towards the mel, inside the network and its gradient: the mel is known, so
that only what it leaves open, phases and the fine structure of its bands, remains to be learned.
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

TAPS = 7  # of every convolution
LARGEST_MAGNITUDE = 100.0  # of a bin; the paper's safeguard
EPSILON = 1e-6  # of every layer norm


class IstftVocoder(nn.Module):
    """Natural-log mel of `audio` to t * hop_length samples. Params are named as in Vocos' state_dict."""

    spec: Istft
    audio: Audio
    dtype: jnp.dtype

    @property
    def receptive_field(self) -> int:
        """Frames on either side of a frame that its samples depend on."""
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
    """A ConvNeXt block without downsampling (Liu et al. 2022), its branch scaled by gamma."""

    hidden: int
    gamma: float  # at the start
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
    """Log-magnitude and a free angle for every bin, in float32, and the waveform of that spectrum."""

    audio: Audio

    @nn.compact
    def __call__(self, x: Float[Array, "b t d"]) -> Float[Array, "b s"]:
        log_magnitude, angle = jnp.split(nn.Dense(self.audio.n_fft + 2, name="out")(x), 2, axis=-1)
        magnitude = jnp.exp(jnp.minimum(log_magnitude, np.log(LARGEST_MAGNITUDE)))
        spectrum = jnp.complex64(magnitude * jnp.cos(angle) + 1j * magnitude * jnp.sin(angle))
        return istft(spectrum, self.audio)
