"""A causal transformer with attention to a text; runs over all positions, or over one with a cache."""

from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.ops import AdaptiveNorm, attend, rematerialized, rotary_table, rotate


class Past(NamedTuple):
    """Keys and values of the positions so far, zero for later ones."""

    keys: Float[Array, "b p h k"]
    values: Float[Array, "b p h k"]


class Text(NamedTuple):
    """Keys and values of the tokens for every layer, or for one."""

    keys: Float[Array, "*l b n h k"]
    values: Float[Array, "*l b n h k"]


def no_past(b: int, positions: int, heads: int, width: int, dtype: jnp.dtype) -> Past:
    zeros = jnp.zeros((b, positions, heads, width // heads), dtype)
    return Past(zeros, zeros)


def causal_mask(start: Int[Array, ""] | int, queries: int, keys: int) -> Bool[Array, "1 q k"]:
    """True where a key is not later than the query; the first query is at position `start`."""
    return (jnp.arange(keys)[None, :] <= start + jnp.arange(queries)[:, None])[None]


class CausalAttention(nn.Module):
    """Self-attention of the positions from `start` on, to themselves and to earlier ones."""

    heads: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self, x: Float[Array, "b q d"], past: Past | None, start: Int[Array, ""] | int
    ) -> tuple[Float[Array, "b q d"], Past | None]:
        b, count, width = x.shape
        qkv = nn.Dense(3 * width, use_bias=False, dtype=self.dtype, name="qkv")(x)
        query, key, value = jnp.split(qkv.reshape(b, count, 3 * self.heads, -1), 3, axis=2)
        size = past.keys.shape[1] if past else count
        angles = jax.tree.map(
            lambda table: jax.lax.dynamic_slice_in_dim(table, start, count),
            rotary_table(size, width // self.heads, self.dtype),
        )
        query, key = rotate(query, *angles), rotate(key, *angles)
        if past:
            grown = [
                jax.lax.dynamic_update_slice_in_dim(old, new, start, axis=1)
                for old, new in zip(past, (key, value), strict=True)
            ]
            past = Past(*grown)
            key, value = past
        mixed, _ = attend(query, key, value, causal_mask(start, count, size))
        return nn.Dense(width, dtype=self.dtype, name="out")(mixed.reshape(x.shape)), past


class TextAttention(nn.Module):
    """Attention to the tokens that `reads` allows."""

    heads: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self, x: Float[Array, "b q d"], text: Text, reads: Bool[Array, "b q n"]
    ) -> Float[Array, "b q d"]:
        width = x.shape[-1]
        query = nn.Dense(width, use_bias=False, dtype=self.dtype, name="query")(x)
        mixed, _ = attend(query.reshape(*x.shape[:2], self.heads, -1), *text, reads)
        return nn.Dense(width, dtype=self.dtype, name="out")(mixed.reshape(x.shape))


class CausalBlock(nn.Module):
    """A pre-norm block of causal attention, attention to the text and feed-forward, with adaptive norms."""

    heads: int
    ffn_width: int
    dropout: float
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "b q d"],
        past: Past | None,
        text: Text,
        reads: Bool[Array, "b q n"],
        condition: Float[Array, "b c"],
        start: Int[Array, ""] | int,
        train: bool,
    ) -> tuple[Float[Array, "b q d"], Past | None]:
        drop = nn.Dropout(self.dropout, deterministic=not train)
        y = AdaptiveNorm(self.dtype, name="attention_norm")(x, condition)
        y, past = CausalAttention(self.heads, self.dtype, name="attention")(y, past, start)
        x = x + drop(y)
        y = AdaptiveNorm(self.dtype, name="text_norm")(x, condition)
        x = x + drop(TextAttention(self.heads, self.dtype, name="text")(y, text, reads))
        y = AdaptiveNorm(self.dtype, name="feed_forward_norm")(x, condition)
        y = nn.relu(nn.Dense(self.ffn_width, dtype=self.dtype, name="feed_forward")(y))
        return x + drop(nn.Dense(x.shape[-1], dtype=self.dtype, name="feed_forward_out")(y)), past


class CausalStack(nn.Module):
    """`layers` blocks and a final norm.

    Without a past the blocks are scanned, so that compile time does not grow with depth. With a past, one
    for each layer, the params must be those of `unstack`: for a single position, slicing each layer's
    weights out of the stack would take most of the time.
    """

    layers: int
    heads: int
    ffn_width: int
    dropout: float
    dtype: jnp.dtype
    remat: bool = False

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "b q d"],
        past: tuple[Past, ...],
        text: Text,
        reads: Bool[Array, "b q n"],
        condition: Float[Array, "b c"],
        start: Int[Array, ""] | int,
        *,
        train: bool,
    ) -> tuple[Float[Array, "b q d"], tuple[Past, ...]]:
        block, shared = (self.heads, self.ffn_width, self.dropout, self.dtype), (reads, condition, start)
        grown = []
        for layer, before in enumerate(past):
            mine = Text(text.keys[layer], text.values[layer])
            x, after = CausalBlock(*block, name=f"block_{layer}")(x, before, mine, *shared, train)
            grown.append(after)
        if not past:
            axes: Any = (nn.broadcast, 0, *[nn.broadcast] * 4)
            x, _ = nn.scan(
                rematerialized(CausalBlock, train=7) if self.remat else CausalBlock,
                variable_axes={"params": 0},
                split_rngs={"params": True, "dropout": True},
                in_axes=axes,
                length=self.layers,
            )(*block, name="blocks")(x, None, text, *shared, train)
        return AdaptiveNorm(self.dtype, name="final_norm")(x, condition), tuple(grown)


def unstack(params: dict[str, Any], layers: int) -> dict[str, Any]:
    """The params of a `CausalStack`, separated by layer."""
    apart = {
        f"block_{layer}": jax.tree.map(lambda leaf, i=layer: leaf[i], params["blocks"])
        for layer in range(layers)
    }
    return apart | {"final_norm": params["final_norm"]}
