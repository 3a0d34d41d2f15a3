"""Refinement of a waveform to match the mel that it was generated from; differentiable."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.mel import MEL_FLOOR, mel_filters
from xtts_jax.audio.stft import istft, stft
from xtts_jax.config import Audio

MOMENTUM = 0.9
_UPDATES = 2  # updates of the gains per pass
_UNROLLED = 4  # passes that the compiler unrolls
_LARGEST_GAIN = 100.0  # per update; its inverse is the smallest
CPU_BLOCKS = 3  # blocks of bins, each multiplied with its few bands; one product suits an accelerator

Block = tuple[slice, slice]  # bins, bands

_product = partial(jnp.einsum, precision=jax.lax.Precision.HIGHEST)


def refine(
    audio: Float[Array, "b s"], mel: Float[Array, "b t m"], settings: Audio, passes: int
) -> Float[Array, "b s"]:
    """`passes` of fast Griffin-Lim (Perraudin, Balazs & Sondergaard 2013, algorithm 2); s = t * hop_length.

    It starts from a waveform instead of random phases and fits bands to the mel instead of bins to
    magnitudes, so harmonics and noise inside a band stay as they are in the waveform.
    """

    def iterate(_: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        audio, previous = state
        consistent = stft(audio, settings)
        estimate = consistent + MOMENTUM * (consistent - previous)
        return istft(estimate * band_gains(jnp.abs(estimate), mel, settings), settings), consistent

    state = (audio, stft(audio, settings))
    return jax.lax.fori_loop(0, passes, iterate, state, unroll=max(1, min(passes, _UNROLLED)))[0]


def band_gains(
    magnitude: Float[Array, "b t f"], mel: Float[Array, "b t m"], settings: Audio
) -> Float[Array, "b t f"]:
    """Gains that give magnitudes these natural-log mels, by multiplicative updates as in `griffin_lim`.

    Bins outside all filters get the gain of the nearest bin inside: recordings have sound above fmax too.
    """
    whole = mel_filters(settings)
    inside = np.flatnonzero(whole.any(axis=0))
    first, last = int(inside[0]), int(inside[-1]) + 1
    filters, magnitude = whole[:, first:last], magnitude[..., first:last]
    blocks, spread = _blocks(filters), filters / filters.sum(axis=0)
    target, gains = jnp.exp(mel), jnp.ones_like(magnitude)
    for _ in range(_UPDATES):
        ratio = target / jnp.maximum(_to_bands(magnitude * gains, filters, blocks), MEL_FLOOR)
        update = _to_bins(ratio, spread, blocks)
        gains = gains * jnp.clip(update, 1 / _LARGEST_GAIN, _LARGEST_GAIN)
    return jnp.pad(gains, ((0, 0), (0, 0), (first, whole.shape[1] - last)), mode="edge")


def _blocks(filters: np.ndarray) -> list[Block]:
    """All bins, and the bands that each block of them belongs to; elsewhere the filters are zero."""
    count = CPU_BLOCKS if jax.default_backend() == "cpu" else 1
    edges = np.linspace(0, filters.shape[1], count + 1).astype(int)
    blocks = []
    for start, stop in pairwise(edges):
        bands = np.flatnonzero(filters[:, start:stop].any(axis=1))
        blocks.append((slice(start, stop), slice(bands[0], bands[-1] + 1)))
    return blocks


def _to_bands(
    magnitude: Float[Array, "b t f"], filters: np.ndarray, blocks: Sequence[Block]
) -> Float[Array, "b t m"]:
    parts = []
    for bins, bands in blocks:
        part = _product("btf,mf->btm", magnitude[..., bins], filters[bands, bins])
        parts.append(jnp.pad(part, ((0, 0), (0, 0), (bands.start, len(filters) - bands.stop))))
    return sum(parts[1:], start=parts[0])


def _to_bins(
    ratio: Float[Array, "b t m"], spread: np.ndarray, blocks: Sequence[Block]
) -> Float[Array, "b t f"]:
    parts = [_product("btm,mf->btf", ratio[..., bands], spread[bands, bins]) for bins, bands in blocks]
    return jnp.concatenate(parts, axis=-1)
