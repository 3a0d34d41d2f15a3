"""The voice encoder: a reference recording to speaker and style embeddings (Global Style Tokens)."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.ops import ConvStack, attend, fold

FRAMES_PER_STEP = 4  # reference frames per position, 46 ms


class VoiceEncoder(nn.Module):
    """Speaker embedding (b, d), style embedding (b, d) and style weights (b, h, k), which sum to 1 over k.

    References may have any length. Style: Wang et al. 2018, section 3.1.
    """

    voice_width: int
    width: int
    style_tokens: int
    style_heads: int
    dtype: jnp.dtype

    def setup(self):
        self.features = ConvStack(3, self.voice_width, 0.0, self.dtype)
        self.speaker = nn.Dense(self.width, dtype=self.dtype)
        self.style = StyleTokens(self.width, self.style_tokens, self.style_heads, self.dtype)

    def __call__(
        self, reference_mel: Float[Array, "b r m"], reference_lengths: Int[Array, "b"], *, train: bool
    ) -> tuple[Float[Array, "b d"], Float[Array, "b d"], Float[Array, "b h k"]]:
        pooled = self._pool(reference_mel, reference_lengths, train=train)
        style, weights = self.style(pooled)
        return self.speaker(pooled), style, weights

    def embed_speaker(
        self, reference_mel: Float[Array, "b r m"], reference_lengths: Int[Array, "b"], *, train: bool
    ) -> Float[Array, "b d"]:
        """The speaker embedding alone; an encoder initialized with this has no style tokens."""
        return self.speaker(self._pool(reference_mel, reference_lengths, train=train))

    def _pool(
        self, mel: Float[Array, "b r m"], lengths: Int[Array, "b"], *, train: bool
    ) -> Float[Array, "b c"]:
        x, mask = fold(mel, lengths, FRAMES_PER_STEP)
        return _mean_and_std(self.features(x, mask, train=train), mask)


class StyleTokens(nn.Module):
    """A bank of learned tokens, mixed by the reference's attention to them."""

    width: int
    tokens: int
    heads: int
    dtype: jnp.dtype

    def setup(self):
        head_width = self.width // self.heads
        self.bank = self.param("tokens", nn.initializers.normal(0.5), (self.tokens, head_width))
        self.query = nn.Dense(self.width, dtype=self.dtype)
        self.key = nn.Dense(self.width, use_bias=False, dtype=self.dtype)
        self.value = nn.Dense(self.width, dtype=self.dtype)

    def __call__(self, query: Float[Array, "b c"]) -> tuple[Float[Array, "b d"], Float[Array, "b h k"]]:
        b = query.shape[0]
        q = self.query(query).reshape(b, 1, self.heads, -1)
        k, v = (
            jnp.broadcast_to(self._by_head(project), (b, self.tokens, *q.shape[2:]))
            for project in (self.key, self.value)
        )
        style, weights = attend(q, k, v, jnp.ones((1, 1, self.tokens), bool))
        return style.reshape(b, self.width), weights[:, :, 0]

    def mix(self, weights: Float[Array, "b h k"]) -> Float[Array, "b d"]:
        """The style embedding for given weights, which need not sum to 1."""
        values = self._by_head(self.value)
        return jnp.einsum("bhk,khc->bhc", weights.astype(self.dtype), values).reshape(-1, self.width)

    def _by_head(self, project: nn.Dense) -> Float[Array, "k h c"]:
        return project(jnp.tanh(self.bank).astype(self.dtype)).reshape(self.tokens, self.heads, -1)


def _mean_and_std(x: Float[Array, "b p c"], mask: Bool[Array, "b p"]) -> Float[Array, "b 2*c"]:
    x, weights = x.astype(jnp.float32), mask[..., None].astype(jnp.float32)
    count = weights.sum(axis=1)
    mean = (x * weights).sum(axis=1) / count
    variance = (jnp.square(x - mean[:, None]) * weights).sum(axis=1) / count
    return jnp.concatenate([mean, jnp.sqrt(variance + 1e-5)], axis=-1)
