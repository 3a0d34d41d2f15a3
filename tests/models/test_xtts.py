"""What the whole model depends on, and that every part of it learns."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import whole_model
from whole_model import FRAMES, N_LANGUAGES, N_VOCAB, run

from xtts_jax.models import decoders
from xtts_jax.models.features import extract
from xtts_jax.models.generate import Generated, Manner, encode_voice, generate
from xtts_jax.models.initial import init_params
from xtts_jax.models.xtts import XTTS, Voice, apply
from xtts_jax.train.state import Params
from xtts_jax.types import Batch


@pytest.fixture(scope="module")
def batch() -> Batch:
    return whole_model.batch(0)


@pytest.fixture(scope="module")
def mel(batch) -> np.ndarray:
    return np.asarray(run(whole_model.params(), batch).outputs.mel)


def real(batch: Batch) -> np.ndarray:
    return np.arange(FRAMES) < batch.mel_lengths[:, None]


def difference(a: jax.Array | np.ndarray, b: jax.Array | np.ndarray, batch: Batch) -> np.ndarray:
    """Mean absolute difference of every example over its real frames, in standard deviations."""
    return np.array([np.abs(x - y)[keep].mean() for x, y, keep in zip(a, b, real(batch), strict=True)])


@pytest.mark.parametrize("params", [whole_model.fresh_params, whole_model.params], ids=["fresh", "trained"])
def test_every_parameter_receives_gradient(params, batch):
    gradients = run(params(), batch).gradients
    largest = {
        jax.tree_util.keystr(path, simple=True, separator="/"): float(np.abs(leaf).max())
        for path, leaf in jax.tree.leaves_with_path(gradients)
    }
    assert all(np.isfinite(value) for value in largest.values())
    assert {name for name, value in largest.items() if value < 1e-5} == set()


def test_every_layer_of_a_scanned_stack_and_every_style_token_receives_gradient(batch):
    gradients = run(whole_model.params(), batch).gradients
    stacked = [gradients[module]["stack"]["blocks"] for module in ("text_encoder", "decoder")]
    for leaf in [*jax.tree.leaves(stacked), gradients["voice_encoder"]["style"]["tokens"]]:
        assert np.abs(leaf).reshape(len(leaf), -1).max(axis=1).min() > 1e-7


def test_only_symbols_and_languages_of_the_batch_receive_gradient(batch):
    gradients = run(whole_model.params(), batch).gradients
    used = np.unique(np.concatenate([t[:n] for t, n in zip(batch.tokens, batch.text_lengths, strict=True)]))
    rows = np.abs(gradients["text_encoder"]["Embed_0"]["embedding"]).max(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(rows > 1e-7), used)
    rows = np.abs(gradients["language_embedding"]["embedding"]).max(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(rows > 1e-7), np.unique(batch.language_ids))


def touched(batch: Batch, *terms: str) -> set[str]:
    """The modules that the gradient of these terms reaches."""
    gradients = run(whole_model.params(), batch, only=terms).gradients
    return {name for name, module in gradients.items() if any(np.any(x) for x in jax.tree.leaves(module))}


def test_each_term_of_the_loss_teaches_the_modules_it_should(batch):
    assert touched(batch, "duration", "log_f0", "voiced", "energy") == {"variance_predictor"}
    text = {"voice_encoder", "colour", "language_embedding", "text_encoder"}
    assert touched(batch, "alignment") == text | {"aligner"}
    assert touched(batch, "mel") == text | {"prosody_embedding", "contour_embedding", "decoder"}
    assert touched(batch, "speaker") == text | {"prosody_embedding", "contour_embedding", "decoder"}


def test_the_speaker_loss_does_not_train_the_voice_encoder(batch):
    """Otherwise the encoder would learn to ignore differences, and the decoder would learn nothing."""

    def heard(params: Params, mel: jax.Array) -> jax.Array:
        return apply(
            whole_model.model(), params, lambda m: m._voice_heard(mel, jnp.asarray(batch.mel_lengths))
        ).sum()

    mel = extract(batch, whole_model.config().audio, whole_model.stats()).mel
    to_params, to_mel = jax.jit(jax.grad(heard, (0, 1)))(whole_model.params(), mel)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(to_params))
    assert np.abs(to_mel)[np.arange(FRAMES) < batch.mel_lengths[:, None] // 4 * 4].min(axis=-1).max() > 0


def test_training_hides_the_configured_share_of_references():
    config = whole_model.config()
    model = XTTS(replace(config, model=replace(config.model, reference_dropout=0.25)), N_VOCAB, N_LANGUAGES)
    speaker, weights, one = jnp.ones((400, 6)), jnp.ones((400, 1, 1)), jnp.ones((400, 1))
    everyone = Voice(speaker, speaker, weights, spectrum=speaker, register=one)

    def hide(key: jax.Array) -> Voice:
        return apply(model, whole_model.params(), lambda m: m.hide_some(everyone), {"dropout": key})

    left = hide(jax.random.key(0))
    assert 0.68 < left.speaker[:, 0].mean() < 0.82
    np.testing.assert_array_equal(left.speaker, left.style)
    assert set(np.unique(left.speaker.sum(axis=1))) == {0, 6}


def test_the_reference_changes_the_voice(batch, mel):
    other = batch._replace(reference_audio=whole_model.batch(1).reference_audio)
    outputs = run(whole_model.params(), other).outputs
    assert difference(outputs.mel, mel, batch).min() > 0.01
    weights = run(whole_model.params(), batch).outputs.voice.style_weights
    assert np.abs(outputs.voice.style_weights - weights).max() > 1e-3


def test_the_language_changes_the_output(batch, mel):
    other = batch._replace(language_ids=(batch.language_ids + 1) % N_LANGUAGES)
    assert difference(run(whole_model.params(), other).outputs.mel, mel, batch).min() > 0.01


def test_every_real_token_changes_the_output(batch, mel):
    for i in range(int(batch.text_lengths.min())):
        tokens = batch.tokens.copy()
        tokens[:, i] = (tokens[:, i] + 1) % N_VOCAB
        changed = run(whole_model.params(), batch._replace(tokens=tokens)).outputs.mel
        assert difference(changed, mel, batch).min() > 0.01, i


def test_pitch_and_loudness_of_the_recording_reach_the_output(batch, mel):
    higher = batch._replace(log_f0=np.where(batch.voiced, batch.log_f0 + 0.3, 0).astype(np.float32))
    assert difference(run(whole_model.params(), higher).outputs.mel, mel, batch).min() > 1e-3


def test_aligned_durations_cover_the_recording_and_style_weights_sum_to_one(batch):
    outputs = run(whole_model.params(), batch).outputs
    np.testing.assert_array_equal(outputs.durations.sum(axis=1), batch.mel_lengths)
    np.testing.assert_allclose(outputs.voice.style_weights.sum(axis=-1), 1, atol=1e-6)


def test_only_train_enables_dropout(batch, mel):
    """`run` has train=False and no key, without which dropout could not work."""
    np.testing.assert_array_equal(run(whole_model.params(), batch).outputs.mel, mel)

    @jax.jit
    def train(key):
        features = extract(batch, whole_model.config().audio, whole_model.stats())
        model, params = whole_model.model(), whole_model.params()
        return apply(model, params, lambda m: m(features, train=True), {"dropout": key}).mel

    first, second = jax.random.split(jax.random.key(0))
    np.testing.assert_array_equal(train(first), train(first))
    assert difference(train(first), train(second), batch).min() > 0.01
    assert difference(train(first), mel, batch).min() > 0.01


def test_the_params_change_the_output(batch, mel):
    doubled = jax.tree.map(lambda x: 2 * x, whole_model.params())
    assert difference(run(doubled, batch).outputs.mel, mel, batch).min() > 0.1


@pytest.fixture(scope="module")
def speak():
    @jax.jit
    def compiled(params: Params, batch: Batch, speed: float) -> Generated:
        features = extract(batch, whole_model.config().audio, whole_model.stats())
        model = whole_model.model()
        voice = encode_voice(model, params, features.reference_mel, features.reference_lengths)
        text = (features.tokens, features.text_mask, features.language_ids)
        return generate(model, params, *text, voice, jax.random.key(0), frames=400, manner=Manner(speed))

    return lambda params, batch, speed=1.0: compiled(params, batch, jnp.float32(speed))


def test_speech_needs_no_recording_and_ignores_padding(batch, speak):
    spoken = speak(whole_model.params(), batch)
    other = whole_model.batch(1)
    unrelated = whole_model.with_junk_in_padding(batch, 5)._replace(
        audio=other.audio, mel_lengths=other.mel_lengths, log_f0=other.log_f0, voiced=other.voiced
    )
    again = speak(whole_model.params(), unrelated)
    np.testing.assert_array_equal(again.durations, spoken.durations)
    for i, length in enumerate(spoken.durations.sum(axis=1)):
        np.testing.assert_array_equal(again.mel[i, :length], spoken.mel[i, :length])
        assert spoken.durations[i, : batch.text_lengths[i]].min() >= 1
        assert not np.any(spoken.durations[i, batch.text_lengths[i] :])


def test_half_the_speed_takes_twice_the_time(batch, speak):
    params = whole_model.fresh_params()  # slow, so that no token is limited by the minimum of one frame
    normal, slow = (np.asarray(speak(params, batch, speed).durations.sum(axis=1)) for speed in (0.5, 0.25))
    np.testing.assert_allclose(slow / normal, 2, rtol=0.1)


@pytest.mark.parametrize("decoder", decoders.NAMES)
def test_any_number_of_frames_per_step_works_with_any_bound(decoder: str) -> None:
    base = whole_model.config(decoder)
    model = XTTS(replace(base, model=replace(base.model, frames_per_step=3)), N_VOCAB, N_LANGUAGES)

    def speak() -> Generated:
        tokens = jnp.ones((2, 64), int)
        nobody = jnp.zeros((2, base.model.width))
        voice = Voice(
            nobody, nobody, jnp.zeros((2, 2, 4)), jnp.zeros((2, base.audio.n_mels)), jnp.zeros((2, 1))
        )
        text = tokens, tokens > 0, jnp.zeros(2, int), voice
        return generate(model, init_params(model, seed=0), *text, jax.random.key(0), frames=256)

    assert jax.eval_shape(speak).mel.shape == (2, 256, base.audio.n_mels)
