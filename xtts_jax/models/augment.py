"""Augmentation of mels, so that a recogniser does not memorize its recordings.

Masks: Park et al. 2019 (SpecAugment), section 2; stretched bins: Jaitly & Hinton 2013 (vocal tract length).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

STRETCH = 64  # frames, among which one span is hidden
BIN_MASKS = 2
HIDDEN = -0.5  # standard deviations; with 0 a fresh model's layer norms would divide by zero


def warp_bins(mel: Float[Array, "b t m"], key: Array, most: float) -> Float[Array, "b t m"]:
    """Stretches the bins of each utterance by a factor in [1 - most, 1 + most], interpolating linearly."""
    b, _, m = mel.shape
    bins = jnp.arange(m, dtype=mel.dtype)
    factors = jax.random.uniform(key, (b, 1), mel.dtype, 1 - most, 1 + most)
    source = jnp.minimum(bins[None] * factors, m - 1)  # (b, m): where to read each bin
    weights = jnp.maximum(1 - jnp.abs(source[:, None] - bins[None, :, None]), 0)
    return jnp.einsum("btm,bmk->btk", mel, weights)


def hide_bins(mel: Float[Array, "b t m"], key: Array, most: int) -> Float[Array, "b t m"]:
    """Hides two bands of up to `most` bins in each utterance."""
    b, _, m = mel.shape
    hidden = _spans(key, (b, BIN_MASKS), m, most).any(axis=1)
    return jnp.where(hidden[:, None], HIDDEN, mel)


def hide_time(mel: Float[Array, "b t m"], key: Array, most: int) -> Float[Array, "b t m"]:
    """Hides a span of up to `most` frames in every STRETCH, and so the same share of all utterances."""
    b, t, _ = mel.shape
    hidden = _spans(key, (b, -(-t // STRETCH)), STRETCH, most).reshape(b, -1)[:, :t]
    return jnp.where(hidden[..., None], HIDDEN, mel)


def _spans(key: Array, shape: tuple[int, ...], length: int, most: int) -> Array:
    """(*shape, length) bool: in each row a span of 0 to `most` elements at a random position."""
    sizes, places = jax.random.split(key)
    size = jax.random.randint(sizes, (*shape, 1), 0, most + 1)
    start = jax.random.uniform(places, (*shape, 1)) * (length - size + 1)
    place = jnp.arange(length).reshape((1,) * len(shape) + (-1,))
    return (place >= jnp.floor(start)) & (place < jnp.floor(start) + size)
