"""The pitch contour: the pitch of every frame, which determines the positions of the harmonics.

Given only the mean pitch of each token, a decoder predicts the average over all contours within the token,
which blurs the harmonics, especially of high voices.
"""

from typing import NamedTuple

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.alignment import alignment_path
from xtts_jax.models.conv import smooth
from xtts_jax.models.variance import Prosody

# Fourier series of normalized log F0 with a period of PERIOD standard deviations; the last wave resolves
# harmonics up to about the twelfth.
PERIOD, WAVES = 8.0, 32
SMOOTHING = 9  # frames (0.1 s) of the window that smooths the steps between tokens


class Contour(NamedTuple):
    log_f0: Float[Array, "b t"]  # normalized; undefined where not voiced
    voiced: Bool[Array, "b t"]


def contour_of(prosody: Prosody, durations: Int[Array, "b n"], frames: int) -> Contour:
    """The smoothed contour of the tokens' pitch; a frame is voiced if most frames around it are."""
    path = alignment_path(durations, frames)
    voiced = smooth(jnp.einsum("btn,bn->bt", path, prosody.voiced), SMOOTHING)
    summed = smooth(jnp.einsum("btn,bn->bt", path, prosody.log_f0 * prosody.voiced), SMOOTHING)
    return Contour(summed / jnp.maximum(voiced, 1e-3), voiced > 0.5)


class ContourEmbedding(nn.Module):
    """A Fourier series of log F0 (Tancik et al. 2020, section 4), so that one layer can place harmonics."""

    width: int
    group: int  # frames per position
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, contour: Contour) -> Float[Array, "b p d"]:
        angles = contour.log_f0[..., None] * (2 * jnp.pi / PERIOD * jnp.arange(1, WAVES + 1))[None, None]
        waves = jnp.concatenate([jnp.sin(angles), jnp.cos(angles), jnp.ones_like(angles[..., :1])], axis=-1)
        waves = waves * contour.voiced[..., None]
        folded = waves.reshape(len(waves), waves.shape[1] // self.group, -1)
        return nn.Dense(self.width, dtype=self.dtype)(folded)
