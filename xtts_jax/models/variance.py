"""Duration, log F0, voicing and energy of every token: their predictor, and their embedding."""

from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from xtts_jax.models.ops import ConvStack

TYPICAL_LOG_DURATION = 1.5  # 4.5 frames of 11.6 ms; the prediction before training


class Prosody(NamedTuple):
    """The prosody of each token, an input of the decoder.

    log_f0 and energy are normalized by the corpus statistics; log_f0 is 0 where voiced is 0.
    """

    log_f0: Float[Array, "b n"]
    voiced: Float[Array, "b n"]  # voiced share of the token's frames
    energy: Float[Array, "b n"]


class VariancePrediction(NamedTuple):
    log_duration: Float[Array, "b n"]  # natural log of frames
    log_f0: Float[Array, "b n"]
    voiced_logit: Float[Array, "b n"]
    energy: Float[Array, "b n"]

    def prosody(self) -> Prosody:
        voiced = jax.nn.sigmoid(self.voiced_logit)
        return Prosody(self.log_f0, voiced, self.energy)


class VariancePredictor(nn.Module):
    """A convolutional trunk with four heads (Ren et al. 2021, section 2.3); its input gets no gradient."""

    width: int
    dropout: float
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self,
        hidden: Float[Array, "b n d"],
        condition: Float[Array, "b d"],
        mask: Bool[Array, "b n"],
        *,
        train: bool,
    ) -> VariancePrediction:
        x = jax.lax.stop_gradient(hidden + condition[:, None])
        x = ConvStack(3, self.width, self.dropout, self.dtype, name="trunk")(x, mask, train=train)
        heads = nn.Dense(4, dtype=jnp.float32, name="heads")(x.astype(jnp.float32))
        log_duration, log_f0, voiced_logit, energy = jnp.moveaxis(heads, -1, 0)
        return VariancePrediction(log_duration + TYPICAL_LOG_DURATION, log_f0, voiced_logit, energy)


class ProsodyEmbedding(nn.Module):
    width: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, prosody: Prosody) -> Float[Array, "b n d"]:
        stacked = jnp.stack([prosody.log_f0 * prosody.voiced, prosody.voiced, prosody.energy], axis=-1)
        return nn.Dense(self.width, dtype=self.dtype)(stacked)
