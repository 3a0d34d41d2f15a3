import jax
import jax.numpy as jnp
import numpy as np
import pytest
import whole_model
from whole_model import with_junk_in_padding

from xtts_jax.audio.mel import energy, log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.models import features
from xtts_jax.types import Batch


@pytest.fixture(scope="module")
def batch() -> Batch:
    return jax.tree.map(jnp.asarray, whole_model.batch())


@pytest.fixture(scope="module")
def extract():
    settings = whole_model.config().audio
    return jax.jit(lambda batch, stats: features.extract(batch, settings, stats))


def test_junk_in_the_padding_does_not_influence_any_feature(batch, extract):
    clean = extract(batch, whole_model.stats())
    junk = extract(with_junk_in_padding(jax.device_get(batch), seed=1), whole_model.stats())
    for name, value in clean._asdict().items():
        if name != "tokens":
            np.testing.assert_array_equal(value, getattr(junk, name), err_msg=name)


def test_masks_have_the_lengths_and_padding_is_zero(batch, extract):
    found = extract(batch, whole_model.stats())
    np.testing.assert_array_equal(found.text_lengths, batch.text_lengths)
    np.testing.assert_array_equal(found.mel_lengths, batch.mel_lengths)
    padding = ~np.asarray(found.mel_mask)
    assert padding.any()
    for values in (found.mel, found.log_f0, found.voiced, found.energy):
        assert not np.asarray(values)[padding].any()


def test_features_have_mean_0_and_deviation_1_under_the_statistics_of_their_corpus(batch, extract):
    real = np.arange(whole_model.FRAMES) < np.asarray(batch.mel_lengths)[:, None]
    mel = log_mel(to_float32(batch.audio), whole_model.config().audio)
    loudness, pitch = energy(mel)[real], np.asarray(batch.log_f0[batch.voiced])
    stats = whole_model.stats()._replace(
        mel_mean=np.asarray(mel)[real].mean(axis=0),
        mel_std=np.asarray(mel)[real].std(axis=0),
        log_f0_mean=pitch.mean(),
        log_f0_std=pitch.std(),
        energy_mean=loudness.mean(),
        energy_std=loudness.std(),
    )
    found = extract(batch, stats)
    for values in (found.mel[real], found.energy[real], found.log_f0[batch.voiced]):
        np.testing.assert_allclose(np.mean(values, axis=0), 0, atol=1e-3)
        np.testing.assert_allclose(np.std(values, axis=0), 1, atol=1e-3)
    assert not np.asarray(found.log_f0)[~batch.voiced].any()
    np.testing.assert_allclose(features.denormalize_mel(found.mel, stats)[real], mel[real], atol=1e-4)
