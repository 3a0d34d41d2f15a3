"""All mel frames at once, from the expanded text."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from xtts_jax.models.alignment import alignment_path, position_in_token
from xtts_jax.models.ops import Stack


class ParallelDecoder(nn.Module):
    """Non-autoregressive decoder after FastSpeech 2 (Ren et al. 2021).

    A position of the stack stands for `frames_per_step` mel frames, which it predicts together.
    `frames` must be a multiple of it.
    """

    n_mels: int
    width: int
    layers: int
    heads: int
    ffn_width: int
    frames_per_step: int
    dropout: float
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self,
        hidden: Float[Array, "b n d"],
        durations: Int[Array, "b n"],
        condition: Float[Array, "b d"],
        frames: int,
        *,
        train: bool,
    ) -> Float[Array, "b {frames} m"]:
        b, group = hidden.shape[0], self.frames_per_step
        path = alignment_path(durations, frames).reshape(b, frames // group, group, -1).mean(axis=2)
        position = position_in_token(durations, frames).reshape(b, frames // group, group * 2)
        x = jnp.einsum("bpn,bnd->bpd", path.astype(self.dtype), hidden)
        x = x + nn.Dense(self.width, dtype=self.dtype, name="position")(position)
        mask = path.sum(axis=-1) > 0
        x = Stack(self.layers, self.heads, self.ffn_width, self.dropout, self.dtype, name="stack")(
            x, condition, mask, train=train
        )
        mel = nn.Dense(group * self.n_mels, dtype=jnp.float32, name="mel")(x.astype(jnp.float32))
        return mel.reshape(b, frames, self.n_mels)
