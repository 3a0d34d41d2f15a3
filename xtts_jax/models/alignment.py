"""The alignment of mel frames to tokens: searched in training, built from durations in synthesis."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.monotonic_search import UNREACHABLE, by_blocks, by_frames
from xtts_jax.models.ops import length_mask


def gaussian_log_likelihood(mean: Float[Array, "b n m"], mel: Float[Array, "b t m"]) -> Float[Array, "b n t"]:
    """Log-density of every frame under every token's unit-variance Gaussian, up to a constant.

    Monotonic alignment search maximizes their sum (Kim et al. 2020, Glow-TTS, section 3.1).
    """
    mean, mel = mean.astype(jnp.float32), mel.astype(jnp.float32)
    cross = jnp.einsum("bnm,btm->bnt", mean, mel)
    return cross - 0.5 * jnp.sum(mean**2, -1)[:, :, None] - 0.5 * jnp.sum(mel**2, -1)[:, None, :]


def monotonic_alignment(
    log_likelihood: Float[Array, "b n t"], text_lengths: Int[Array, "b"], mel_lengths: Int[Array, "b"]
) -> Int[Array, "b n"]:
    """Durations (frames per token) of the most likely monotonic path, without gradient.

    Every real token gets at least one frame, and the durations of an example sum to its mel length, which
    must not be smaller than its text length (Kim et al. 2020, algorithm 1).
    """
    search = by_frames if jax.default_backend() == "cpu" else by_blocks
    return search(jax.lax.stop_gradient(log_likelihood), text_lengths, mel_lengths)


def path_posterior(
    log_likelihood: Float[Array, "b n t"], durations: Int[Array, "b n"], text_mask: Bool[Array, "b n"]
) -> Float[Array, "b t"]:
    """Probability of the token assigned to each frame among all tokens of the text."""
    frames = log_likelihood.shape[2]
    path = alignment_path(durations, frames)
    chosen = jnp.einsum("btn,bnt->bt", path, log_likelihood)
    among = jnp.where(text_mask[:, :, None], log_likelihood, UNREACHABLE)
    return jnp.exp(chosen - jax.nn.logsumexp(among, axis=1)) * path.sum(axis=2)


def frame_tokens(durations: Int[Array, "b n"], frames: int) -> Int[Array, "b {frames}"]:
    """Index of the token that each frame belongs to; frames past the end get the last token."""
    ends = jnp.cumsum(durations, axis=1)
    index = jnp.sum(jnp.arange(frames)[None, None, :] >= ends[:, :, None], axis=1)
    return jnp.minimum(index, durations.shape[1] - 1)


def alignment_path(durations: Int[Array, "b n"], frames: int) -> Float[Array, "b {frames} n"]:
    """One-hot rows, 1 at the token of the frame; all zero past the end of the last token."""
    ends = jnp.cumsum(durations, axis=1)[:, None, :]
    position = jnp.arange(frames)[None, :, None]
    return ((position >= ends - durations[:, None, :]) & (position < ends)).astype(jnp.float32)


def position_in_token(durations: Int[Array, "b n"], frames: int) -> Float[Array, "b {frames} 2"]:
    """The relative position of each frame in its token, in (0, 1), and the token's log duration."""
    path = alignment_path(durations, frames)
    starts = (jnp.cumsum(durations, axis=1) - durations).astype(jnp.float32)
    start, length = jnp.einsum("btn,bnc->cbt", path, jnp.stack([starts, durations.astype(jnp.float32)], -1))
    length = jnp.maximum(length, 1.0)
    fraction = jnp.clip((jnp.arange(frames)[None, :] - start + 0.5) / length, 0.0, 1.0)
    return jnp.stack([fraction, jnp.log(length)], axis=-1)


def token_mean(
    values: Float[Array, "b t"], weights: Bool[Array, "b t"], path: Float[Array, "b t n"]
) -> tuple[Float[Array, "b n"], Float[Array, "b n"]]:
    """Mean over each token's frames where weights is True, and the share of such frames."""
    weights = weights.astype(jnp.float32)
    count = jnp.einsum("btn,bt->bn", path, weights)
    mean = jnp.einsum("btn,bt->bn", path, values * weights) / jnp.maximum(count, 1.0)
    return mean, count / jnp.maximum(path.sum(axis=1), 1.0)


def round_durations(durations: Float[Array, "b n"], text_lengths: Int[Array, "b"]) -> Int[Array, "b n"]:
    """Whole frames, at least one per token, with running totals within half a frame of the input's.

    Durations below one frame count as one.
    """
    mask = length_mask(text_lengths, durations.shape[1])
    ends = jnp.cumsum(jnp.where(mask, jnp.maximum(durations, 1.0), 0.0), axis=1)
    index = jnp.arange(durations.shape[1])[None, :]
    # Halves round to even, so 1.5 and 2.5 both become 2: the running maximum separates the ends.
    ends = index + jax.lax.cummax(jnp.round(ends).astype(jnp.int32) - index, axis=1)
    return jnp.where(mask, jnp.diff(ends, axis=1, prepend=0), 0)


def warp_to(
    mel: Float[Array, "b s m"], durations: Int[Array, "b n"], target_durations: Int[Array, "b n"], frames: int
) -> Float[Array, "b {frames} m"]:
    """`mel` with the timing `durations`, resampled token by token to `target_durations`.

    It is for comparing free-running synthesis with a recording frame by frame. Frames are matched by their
    relative position in the token, since a search for the best match would hide errors.
    """
    token = frame_tokens(target_durations, frames)
    fraction = position_in_token(target_durations, frames)[..., 0]
    starts = jnp.cumsum(durations, axis=1) - durations
    start, length = (jnp.take_along_axis(x, token, axis=1) for x in (starts, durations))
    source = jnp.floor(start + fraction * length).astype(jnp.int32)
    return jnp.take_along_axis(mel, jnp.clip(source, 0, mel.shape[1] - 1)[..., None], axis=1)
