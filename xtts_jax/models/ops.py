"""Building blocks of the models: masks, attention, adaptive norm, convolutions and stacks."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

MASKED_LOGIT = -1e9  # float32 only; softmax gives it a weight of exactly zero


def compute_dtype(name: str) -> jnp.dtype:
    """The dtype that `config.compute_dtype` means on this machine."""
    if name == "auto":
        name = "float32" if jax.default_backend() == "cpu" else "bfloat16"
    return jnp.dtype(name)


def length_mask(lengths: Int[Array, "b"], size: int) -> Bool[Array, "b size"]:
    """True where a position holds data; the only place where masks of padded batches are made."""
    return jnp.arange(size)[None, :] < lengths[:, None]


def fold(
    mel: Float[Array, "b t m"], lengths: Int[Array, "b"], size: int
) -> tuple[Float[Array, "b p c"], Bool[Array, "b p"]]:
    """Groups of `size` frames as one position each, and their mask: full groups, and always the first."""
    b, t, m = mel.shape
    mel = mel * length_mask(lengths, t)[..., None]
    mel = jnp.pad(mel, ((0, 0), (0, -t % size), (0, 0)))
    folded = mel.reshape(b, -1, size * m)
    mask = length_mask(jnp.maximum(lengths // size, 1), folded.shape[1])
    return folded * mask[..., None], mask


def rotary_table(length: int, width: int, dtype: jnp.dtype) -> tuple[Array, Array]:
    """Sines and cosines (length, width / 2) of the rotary position embedding (Su et al. 2021, section 3.2).

    They are numpy constants, because XLA would fuse computed ones into the loop and recompute them per
    element.
    """
    half = width // 2
    angles = np.arange(length)[:, None] * 10_000.0 ** (-np.arange(half) / half)
    return jnp.asarray(np.sin(angles), dtype), jnp.asarray(np.cos(angles), dtype)


def rotate(
    x: Float[Array, "b l h k"], sin: Float[Array, "l a"], cos: Float[Array, "l a"]
) -> Float[Array, "b l h k"]:
    """Rotates x by the angles of its positions; k must be even."""
    first, second = jnp.split(x, 2, axis=-1)
    sin, cos = sin[None, :, None], cos[None, :, None]
    return jnp.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)


def rotary(x: Float[Array, "b l h k"]) -> Float[Array, "b l h k"]:
    return rotate(x, *rotary_table(x.shape[1], x.shape[3], x.dtype))


def attend(
    query: Float[Array, "b q h k"],
    key: Float[Array, "b l h k"],
    value: Float[Array, "b l h v"],
    mask: Bool[Array, "#b #q l"],
) -> tuple[Float[Array, "b q h v"], Float[Array, "b h q l"]]:
    """Scaled dot-product attention over the positions where mask is True; softmax in float32."""
    logits = jnp.einsum("bqhk,blhk->bhql", query, key).astype(jnp.float32) / query.shape[-1] ** 0.5
    weights = jax.nn.softmax(jnp.where(mask[:, None], logits, MASKED_LOGIT), axis=-1)
    return jnp.einsum("bhql,blhv->bqhv", weights.astype(value.dtype), value), weights


class AdaptiveNorm(nn.Module):
    """Layer norm with scale and shift computed from a condition (Perez et al. 2018; Peebles & Xie 2023)."""

    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b l d"], condition: Float[Array, "b c"]) -> Float[Array, "b l d"]:
        scale, shift = jnp.split(
            nn.Dense(2 * x.shape[-1], dtype=self.dtype, kernel_init=nn.initializers.normal(0.02))(condition)[
                :, None
            ],
            2,
            axis=-1,
        )
        return nn.LayerNorm(use_bias=False, use_scale=False, dtype=self.dtype)(x) * (1 + scale) + shift


class SelfAttention(nn.Module):
    heads: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b l d"], mask: Bool[Array, "b l"]) -> Float[Array, "b l d"]:
        width = x.shape[-1]
        qkv = nn.Dense(3 * width, use_bias=False, dtype=self.dtype, name="qkv")(x)
        query, key, value = jnp.split(qkv.reshape(*x.shape[:2], 3 * self.heads, -1), 3, axis=2)
        mixed, _ = attend(rotary(query), rotary(key), value, mask[:, None, :])
        return nn.Dense(width, dtype=self.dtype, name="out")(mixed.reshape(x.shape))


class Conv3(nn.Module):
    """A zero-padded convolution of width 3 as one matrix product.

    XLA's convolution is 25 times slower on a CPU inside a scanned stack.
    """

    width: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b l c"]) -> Float[Array, "b l d"]:
        padded = jnp.pad(x, ((0, 0), (1, 1), (0, 0)))
        neighbors = jnp.concatenate([padded[:, :-2], x, padded[:, 2:]], axis=-1)
        return nn.Dense(self.width, dtype=self.dtype, name="kernel")(neighbors)


class ConvFeedForward(nn.Module):
    """A width-3 convolution, ReLU and a projection back (Ren et al. 2021, section 2.2)."""

    hidden: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: Float[Array, "b l d"], mask: Bool[Array, "b l"]) -> Float[Array, "b l d"]:
        hidden = nn.relu(Conv3(self.hidden, self.dtype, name="conv")(x * mask[..., None]))
        return nn.Dense(x.shape[-1], dtype=self.dtype, name="out")(hidden)


class Block(nn.Module):
    """A pre-norm transformer block with adaptive norms."""

    heads: int
    ffn_width: int
    dropout: float
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self, x: Float[Array, "b l d"], condition: Float[Array, "b c"], mask: Bool[Array, "b l"], train: bool
    ) -> tuple[Float[Array, "b l d"], None]:
        drop = nn.Dropout(self.dropout, deterministic=not train)
        y = AdaptiveNorm(self.dtype, name="attention_norm")(x, condition)
        x = x + drop(SelfAttention(self.heads, self.dtype, name="attention")(y, mask))
        y = AdaptiveNorm(self.dtype, name="feed_forward_norm")(x, condition)
        x = x + drop(ConvFeedForward(self.ffn_width, self.dtype, name="feed_forward")(y, mask))
        return x, None


def rematerialized(block: type[nn.Module], train: int) -> type[nn.Module]:
    """A block of a scan of which the backward pass computes the inside again instead of keeping it.

    train: the position of that argument, `self` being 0.
    """
    return nn.remat(block, prevent_cse=False, static_argnums=(train,))


class Stack(nn.Module):
    """`layers` blocks, scanned so that compile time does not grow with depth, and a final norm."""

    layers: int
    heads: int
    ffn_width: int
    dropout: float
    dtype: jnp.dtype
    remat: bool = False

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "b l d"],
        condition: Float[Array, "b c"],
        mask: Bool[Array, "b l"],
        *,
        train: bool,
    ) -> Float[Array, "b l d"]:
        shared: Any = (nn.broadcast, nn.broadcast, nn.broadcast)  # flax types it as a single int
        scanned = nn.scan(
            rematerialized(Block, train=4) if self.remat else Block,
            variable_axes={"params": 0},
            split_rngs={"params": True, "dropout": True},
            in_axes=shared,
            length=self.layers,
        )
        x, _ = scanned(self.heads, self.ffn_width, self.dropout, self.dtype, name="blocks")(
            x, condition, mask, train
        )
        return AdaptiveNorm(self.dtype, name="final_norm")(x, condition)


class ConvStack(nn.Module):
    """A projection, then residual width-3 convolutions with ReLU and layer norm, all masked."""

    layers: int
    width: int
    dropout: float
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self, x: Float[Array, "b l c"], mask: Bool[Array, "b l"], *, train: bool
    ) -> Float[Array, "b l d"]:
        x = nn.Dense(self.width, dtype=self.dtype, name="project")(x)
        for layer in range(self.layers):
            y = nn.relu(Conv3(self.width, self.dtype, name=f"conv_{layer}")(x * mask[..., None]))
            y = nn.Dropout(self.dropout, deterministic=not train)(y)
            x = nn.LayerNorm(dtype=self.dtype, name=f"norm_{layer}")(x + y)
        return x * mask[..., None]
