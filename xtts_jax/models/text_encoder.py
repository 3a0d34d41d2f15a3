"""The text encoder: tokens to hidden states."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.ops import Stack


class TextEncoder(nn.Module):
    n_vocab: int
    width: int
    layers: int
    heads: int
    ffn_width: int
    dropout: float
    dtype: jnp.dtype
    remat: bool = False

    @nn.compact
    def __call__(
        self,
        tokens: Int[Array, "b n"],
        condition: Float[Array, "b d"],
        mask: Bool[Array, "b n"],
        *,
        train: bool,
    ) -> Float[Array, "b n d"]:
        x = nn.Embed(self.n_vocab, self.width, dtype=self.dtype, embedding_init=nn.initializers.normal(1.0))(
            tokens
        )
        return Stack(
            self.layers, self.heads, self.ffn_width, self.dropout, self.dtype, self.remat, name="stack"
        )(x, condition, mask, train=train)
