"""A voice fitted to recordings, by a model whose params are random: what moves, and how well."""

from dataclasses import asdict
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import whole_model
from conftest import EVERY_DECODER

from xtts_jax.audio.samples import to_int16
from xtts_jax.losses.acoustic import count, decoder_terms, variance_terms, weighted_sum
from xtts_jax.models.features import extract
from xtts_jax.models.generate import encode_voice
from xtts_jax.models.xtts import XTTS, TeacherForced, Voice, adapted, apply
from xtts_jax.speak.voice_fitting import FRAME_STEP, TOKEN_STEP, batch_of, fit_voice


@pytest.fixture(scope="module")
def voice() -> Voice:
    features = extract(whole_model.batch(), whole_model.config().audio, whole_model.stats())
    reference = (features.reference_mel[:1], features.reference_lengths[:1])
    return encode_voice(whole_model.model(), whole_model.params(), *reference)


def terms(decoder: str, voice: Voice) -> dict[str, jax.Array]:
    config, stats = whole_model.config(decoder), whole_model.stats()
    features = extract(whole_model.batch(), config.audio, stats)
    single = voice._replace(adaptation=None)
    everywhere = jax.tree.map(lambda part: jnp.repeat(part, whole_model.EXAMPLES, axis=0), single)

    def force(model: XTTS) -> TeacherForced:
        return model.teacher_force(features, everywhere, train=False)

    forced = apply(whole_model.model(decoder), adapted(whole_model.params(decoder), voice), force)
    counts, said = count(features), (forced.encoded.prediction, forced.durations, forced.prosody)
    drawn = decoder_terms(forced.taught.mel, forced.taught.errors, features, stats, counts)
    return drawn | {"log_f0": variance_terms(*said, features, counts)["log_f0"]}


def loss(decoder: str, voice: Voice) -> float:
    """The decoder's terms, weighted."""
    drawn = {name: term for name, term in terms(decoder, voice).items() if name != "log_f0"}
    return float(weighted_sum(drawn, asdict(whole_model.config(decoder).loss)))


@pytest.mark.slow
@pytest.mark.parametrize("decoder", EVERY_DECODER)
def test_embedding_register_and_decoder_move_and_draw_better(decoder: str, voice: Voice) -> None:
    fit = jax.jit(partial(fit_voice, whole_model.model(decoder)))
    fitted = fit(whole_model.params(decoder), whole_model.batch(), whole_model.stats(), voice)
    embedding, weights = (
        loss(decoder, voice._replace(**{name: getattr(fitted, name)})) for name in ("speaker", "adaptation")
    )
    assert loss(decoder, fitted) < loss(decoder, voice) - 1e-3
    assert loss(decoder, fitted) < min(embedding, weights)
    assert max(embedding, weights) < loss(decoder, voice) - 1e-4
    unmoved = fitted._replace(register=voice.register)
    assert terms(decoder, fitted)["log_f0"] < terms(decoder, unmoved)["log_f0"] - 1e-3
    for name in ("style", "style_weights", "spectrum"):
        np.testing.assert_array_equal(getattr(fitted, name), getattr(voice, name))
    assert all(np.any(change) for change in jax.tree.leaves(fitted.adaptation))


def test_batch_holds_the_recordings_and_what_they_say() -> None:
    config = whole_model.config()
    hop, random = config.audio.hop_length, np.random.default_rng(0)
    recordings = [random.normal(0, 0.1, n * hop).astype(np.float32) for n in (30, 200)]
    tokens = [np.array([1, 5, 2], np.int32), np.array([1, 7, 8, 9, 2], np.int32)]
    batch = batch_of(recordings, tokens, 2, config)
    step = FRAME_STEP * config.model.frames_per_step
    assert batch.tokens.shape == (2, TOKEN_STEP) and batch.audio.shape == (2, 256 * hop) and 256 % step == 0
    assert batch.log_f0.shape == batch.voiced.shape == (2, 256)
    np.testing.assert_array_equal(batch.mel_lengths, [30, 200])
    np.testing.assert_array_equal(batch.text_lengths, [3, 5])
    np.testing.assert_array_equal(batch.language_ids, [2, 2])
    np.testing.assert_array_equal(batch.tokens[1, :5], tokens[1])
    np.testing.assert_array_equal(batch.audio[0, : 30 * hop], to_int16(recordings[0]))
    assert not batch.audio[0, 30 * hop :].any() and not batch.tokens[0, 3:].any()
