"""Discriminators of mels, and the pieces that they see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.models.discriminators.windows import WindowDiscriminators, Windows, cut

WINDOWS = Windows((8, 16, 64), 4)


def numbered(lengths: tuple[int, ...], frames: int) -> jax.Array:
    """Mels of one bin whose frames hold their place from 1 on, and 0 after their end."""
    places = jnp.arange(1, frames + 1)[None] * (jnp.arange(frames)[None] < jnp.array(lengths)[:, None])
    return places[..., None].astype(jnp.float32)


def test_pieces_are_consecutive_frames_that_end_with_their_mel() -> None:
    lengths, frames = (40, 12, 5), 40
    mels = numbered(lengths, frames)
    for seed in range(20):
        pieces = cut(mels, jnp.array(lengths), WINDOWS, jax.random.key(seed))
        assert [piece.shape for piece in pieces] == [(3, 8, 1), (3, 16, 1), (3, 40, 1)]
        for piece, window in zip(pieces, (8, 16, 40), strict=True):
            for row, length in zip(np.asarray(piece)[..., 0], lengths, strict=True):
                real = row[row > 0]
                assert len(real) == min(window, length) and (np.diff(real) == 1).all()


def test_places_differ_between_mels_windows_and_keys() -> None:
    mels = numbered((400,) * 4, 400)
    firsts = [
        np.asarray(piece)[:, 0, 0]
        for seed in (0, 1)
        for piece in cut(mels, jnp.full(4, 400), WINDOWS, jax.random.key(seed))
    ]
    assert len(np.unique(np.concatenate(firsts))) > 20


@pytest.mark.parametrize("frames", [8, 37])
def test_each_window_has_a_discriminator_that_scores_every_row_by_itself(frames: int) -> None:
    mels = jax.random.normal(jax.random.key(0), (2, frames, 80))
    discriminators = WindowDiscriminators(Windows((8, 16), 4), jnp.dtype("float32"))
    params = jax.jit(discriminators.init)(jax.random.key(1), (mels, mels))
    assert set(params["params"]) == {"frames_8", "frames_16"}
    verdicts = discriminators.apply(params, (mels, mels))
    alone = discriminators.apply(params, (mels[:1], mels[:1]))
    for whole, single in zip(verdicts, alone, strict=True):
        assert whole.scores.shape[0] == 2 and len(whole.features) == 5
        np.testing.assert_allclose(whole.scores[:1], single.scores, atol=1e-5)
