"""Monotonic alignment search (Kim et al. 2020, Glow-TTS, algorithm 1), the Viterbi search of the aligner.

`by_frames` takes two turns per frame, which is fast on a CPU. On an accelerator a turn costs the same whether
it does much or little, so `by_blocks` does more in fewer of them.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.types import round_up

UNREACHABLE = -1e9
UNROLLED = 16  # frames, or blocks, per turn


def by_frames(
    log_likelihood: Float[Array, "b n t"], text_lengths: Int[Array, "b"], mel_lengths: Int[Array, "b"]
) -> Int[Array, "b n"]:
    """Durations, from the first frame to the last and back."""
    frames = jnp.moveaxis(log_likelihood, 2, 0)
    valid = jnp.arange(1, len(frames))[:, None] < mel_lengths[None]
    _, advances = jax.lax.scan(_step, _first_scores(frames[0]), frames[1:])
    _, visits = jax.lax.scan(_step_back, text_lengths - 1, (advances, valid), reverse=True)
    return visits.sum(axis=0) + _first_visits(log_likelihood)


def by_blocks(
    log_likelihood: Float[Array, "b n t"], text_lengths: Int[Array, "b"], mel_lengths: Int[Array, "b"]
) -> Int[Array, "b n"]:
    """The same durations by all blocks of frames at once, from every token that one may begin with.

    A block begins no more tokens than it has frames, so its scores are a band: for each token at its end,
    and each number of tokens that it began. Scores are sums in another order, so paths that are equally
    likely but for rounding may be exchanged.
    """
    b, n, t = log_likelihood.shape
    frames = jnp.moveaxis(log_likelihood, 2, 0)
    rest = _in_blocks(frames[1:], block_length(t))
    valid = _in_blocks(jnp.arange(1, t)[:, None] < mel_lengths[None], block_length(t))
    begun = min(n, block_length(t) + 1)
    nowhere = jnp.where(jnp.arange(begun) == 0, 0.0, UNREACHABLE)
    between, _ = jax.lax.scan(
        _step_in_band, jnp.broadcast_to(nowhere, (rest.shape[1], b, n, begun)), rest, unroll=UNROLLED
    )
    _, before = jax.lax.scan(_through_block, _first_scores(frames[0]), between, unroll=UNROLLED)
    here = jnp.broadcast_to(jnp.arange(n), before.shape)
    (_, origins), advances = jax.lax.scan(_step_with_origin, (before, here), (rest, valid), unroll=UNROLLED)
    _, last = jax.lax.scan(_back_through_block, text_lengths - 1, origins, reverse=True, unroll=UNROLLED)
    _, visits = jax.lax.scan(_step_back, last, (advances, valid), reverse=True, unroll=UNROLLED)
    return visits.sum(axis=(0, 1)) + _first_visits(log_likelihood)


def block_length(frames: int) -> int:
    """With the shortest chain of steps: three scans take one per frame of a block, and two one per block."""
    return round_up(math.isqrt(2 * frames // 3) or 1, UNROLLED)


def _step(
    score: Float[Array, "*c n"], likelihood: Float[Array, "*#c n"]
) -> tuple[Float[Array, "*c n"], Bool[Array, "*c n"]]:
    """The best scores after one more frame, and whether it began a token."""
    advanced = _shifted(score, UNREACHABLE)
    return jnp.maximum(score, advanced) + likelihood, advanced > score


def _step_in_band(score, likelihood):
    """The best scores within a block after one more frame, by token and number of tokens begun."""
    advanced = jnp.pad(score[..., :-1, :-1], [(0, 0)] * 2 + [(1, 0)] * 2, constant_values=UNREACHABLE)
    return jnp.maximum(score, advanced) + likelihood[..., None], None


def _step_with_origin(carried, frame):
    """The same, also with the token before the block from which each best path comes."""
    (score, origin), (likelihood, valid) = carried, frame
    score, advances = _step(score, likelihood)
    advances &= valid[..., None]
    return (score, jnp.where(advances, _shifted(origin, 0), origin)), advances


def _step_back(token, frame):
    """The token of the frame before, and a one at that of this frame if it is valid."""
    advances, valid = frame
    visit = jax.nn.one_hot(token, advances.shape[-1], dtype=jnp.int32) * valid[..., None]
    began = jnp.take_along_axis(advances, token[..., None], axis=-1)[..., 0]
    return jnp.where(valid & began, token - 1, token), visit


def _through_block(score, between):
    """The best scores after a block, and those before it."""
    n, begun = between.shape[-2:]
    first = jnp.arange(n)[:, None] - jnp.arange(begun)[None]  # token before a block, by those of `between`
    before = jnp.where(first < 0, UNREACHABLE, score[..., jnp.maximum(first, 0)])
    return (before + between).max(axis=-1), score


def _back_through_block(token, origin):
    """The last token of the block before, and that of this one."""
    return jnp.take_along_axis(origin, token[..., None], axis=-1)[..., 0], token


def _first_scores(likelihood: Float[Array, "b n"]) -> Float[Array, "b n"]:
    return likelihood.at[:, 1:].add(UNREACHABLE)


def _first_visits(log_likelihood: Float[Array, "b n t"]) -> Int[Array, "1 n"]:
    return jax.nn.one_hot(0, log_likelihood.shape[1], dtype=jnp.int32)[None]


def _shifted(x: Array, first: float | int) -> Array:
    """Every value one place later along the last axis."""
    return jnp.concatenate([jnp.full_like(x[..., :1], first), x[..., :-1]], axis=-1)


def _in_blocks(frames: Array, length: int) -> Array:
    """(frames, ...) as (length, blocks, ...), padded with zeros."""
    padding = [(0, -len(frames) % length)] + [(0, 0)] * (frames.ndim - 1)
    padded = jnp.pad(frames, padding)
    return jnp.moveaxis(padded.reshape(-1, length, *frames.shape[1:]), 0, 1)
