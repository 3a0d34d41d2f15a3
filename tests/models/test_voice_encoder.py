import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.models.voice_encoder import VoiceEncoder

FRAMES, MELS = 24, 6
LENGTHS = jnp.array([24, 13, 8, 2])


@pytest.fixture(scope="module")
def encode():
    module = VoiceEncoder(voice_width=16, width=12, style_tokens=5, style_heads=3, dtype=jnp.dtype("float32"))
    params = jax.jit(lambda: module.init(jax.random.key(0), reference(0), LENGTHS, train=False))()
    return jax.jit(lambda mel, lengths: module.apply(params, mel, lengths, train=False))


def reference(seed: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=(len(LENGTHS), FRAMES, MELS)), jnp.float32)


def test_style_weights_of_every_head_sum_to_one(encode):
    _, _, weights = encode(reference(0), LENGTHS)
    assert weights.shape == (len(LENGTHS), 3, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
    assert np.ptp(weights, axis=-1).min() > 1e-3


def test_a_voice_depends_on_its_recording_and_not_on_the_padding(encode):
    real = jnp.arange(FRAMES)[None, :, None] < LENGTHS[:, None, None]
    clean = encode(reference(0), LENGTHS)
    junk = encode(jnp.where(real, reference(0), 100 * reference(1)), LENGTHS)
    cut = encode(jnp.pad(reference(0)[:, :13], ((0, 0), (0, 4), (0, 0))), jnp.minimum(LENGTHS, 13))
    for a, b, c in zip(clean, junk, cut, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a[1:], c[1:], atol=1e-5)
        assert np.isfinite(a).all()


def test_different_recordings_give_different_voices(encode):
    for a, b in zip(encode(reference(0), LENGTHS), encode(reference(1), LENGTHS), strict=True):
        assert np.abs(a - b).max(axis=tuple(range(1, a.ndim))).min() > 1e-3
