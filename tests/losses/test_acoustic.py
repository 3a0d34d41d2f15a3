from dataclasses import fields

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.config import Loss
from xtts_jax.losses.acoustic import Counts, count, loss_terms, mel_l1, weighted_sum
from xtts_jax.models.features import Features
from xtts_jax.models.ops import length_mask
from xtts_jax.models.variance import Prosody, VariancePrediction
from xtts_jax.models.xtts import Outputs, Voice
from xtts_jax.types import Stats

B, N, T, M = 4, 6, 20, 5
DECODER_TERMS = ("stop", "flow", "coarse")
STATS = Stats(np.linspace(-6, -4, M), np.linspace(0.5, 2.5, M), 5.0, 0.2, 0.0, 1.0)


def normal(*shape: int, seed: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


@pytest.fixture(scope="module")
def features() -> Features:
    """A random batch whose examples differ in length."""
    mel_mask = length_mask(jnp.array([20, 7, 13, 9]), T)
    return Features(
        tokens=jnp.zeros((B, N), jnp.int32),
        text_mask=length_mask(jnp.array([6, 2, 4, 3]), N),
        language_ids=jnp.zeros(B, jnp.int32),
        mel=normal(B, T, M, seed=0) * mel_mask[..., None],
        mel_mask=mel_mask,
        log_f0=normal(B, T, seed=1),
        voiced=mel_mask,
        energy=normal(B, T, seed=2),
        reference_mel=normal(B, T, M, seed=3),
        reference_lengths=jnp.full(B, T),
    )


@pytest.fixture(scope="module")
def outputs(features: Features) -> Outputs:
    durations = np.random.default_rng(4).integers(1, 9, (B, N))
    return Outputs(
        mel=normal(B, T, M, seed=5),
        decoder_errors={name: normal(B, T, seed=20 + i) for i, name in enumerate(DECODER_TERMS)},
        aligned_token_mel=normal(B, T, M, seed=6),
        durations=jnp.asarray(durations) * features.text_mask,
        prosody=Prosody(normal(B, N, seed=7), jax.nn.sigmoid(normal(B, N, seed=8)), normal(B, N, seed=9)),
        prediction=VariancePrediction(*normal(4, B, N, seed=10)),
        voice=Voice(
            speaker=normal(B, 4, seed=11),
            style=normal(B, 4, seed=12),
            style_weights=jnp.ones((B, 1, 1)),
            spectrum=jnp.ones((B, 2)),
            register=jnp.ones((B, 1)),
        ),
        path_posterior=jnp.ones((B, T)),
        voice_similarity=jnp.linspace(-0.5, 1, B),
    )


def test_mel_l1_is_the_mean_absolute_error_of_the_log_mels_in_nat(features):
    predicted = normal(B, T, M, seed=5)
    real = np.asarray(features.mel_mask)
    in_nat = [np.asarray(mel) * STATS.mel_std + STATS.mel_mean for mel in (predicted, features.mel)]
    expected = np.abs(in_nat[0][real] - in_nat[1][real]).mean()
    assert mel_l1(predicted, features, STATS, count(features)) == pytest.approx(expected, rel=1e-5)


def test_the_mel_loss_is_not_clipped(features):
    """Its gradient is the same for errors of 0.1 and of 100."""

    def loss(error):
        return mel_l1(features.mel + error, features, STATS, count(features))

    slopes = [jax.grad(loss)(jnp.full(features.mel.shape, error)) for error in (0.1, -0.1, 100.0, -100.0)]
    for slope, sign in zip(slopes, (1, -1, 1, -1), strict=True):
        np.testing.assert_allclose(slope, sign * slopes[0], rtol=1e-6)
    assert np.asarray(slopes[0])[np.asarray(features.mel_mask)].min() > 0
    assert loss(jnp.full(features.mel.shape, 100.0)) == pytest.approx(100 * STATS.mel_std.mean(), rel=1e-4)


def test_every_term_has_a_weight_and_every_weight_a_term(features, outputs):
    terms = loss_terms(outputs, features, STATS, count(features))
    assert terms.keys() == {field.name for field in fields(Loss)}


def test_terms_of_a_decoder_are_means_over_real_frames(features, outputs):
    terms, real = loss_terms(outputs, features, STATS, count(features)), np.asarray(features.mel_mask)
    for name in DECODER_TERMS:
        assert terms[name] == pytest.approx(np.asarray(outputs.decoder_errors[name])[real].mean(), rel=1e-4)


def test_the_total_is_the_weighted_sum_by_name(features, outputs):
    terms = loss_terms(outputs, features, STATS, count(features))
    weights = {field.name: 2.0**i for i, field in enumerate(fields(Loss))}
    expected = sum(weight * float(terms[name]) for name, weight in weights.items())
    assert weighted_sum(terms, weights) == pytest.approx(expected, rel=1e-5)
    only = dict.fromkeys(weights, 0.0) | {"mel": 3.0}
    assert weighted_sum(terms, only) == pytest.approx(3 * float(terms["mel"]), rel=1e-6)


def test_no_term_sees_the_padding(features, outputs):
    clean = loss_terms(outputs, features, STATS, count(features))
    no_token, no_frame = ~features.text_mask, ~features.mel_mask[..., None]
    junk = outputs._replace(
        mel=outputs.mel + 9.0 * no_frame,
        decoder_errors={
            name: error + 9.0 * no_frame[..., 0] for name, error in outputs.decoder_errors.items()
        },
        aligned_token_mel=outputs.aligned_token_mel - 9.0 * no_frame,
        durations=outputs.durations + 9 * no_token,
        prosody=Prosody(*(value + 9.0 * no_token for value in outputs.prosody)),
        prediction=VariancePrediction(*(value - 9.0 * no_token for value in outputs.prediction)),
    )
    for name, term in loss_terms(junk, features, STATS, count(features)).items():
        assert term == pytest.approx(float(clean[name]), rel=1e-6), name


def duration_term(features: Features, outputs: Outputs, log_duration: jax.Array) -> jax.Array:
    prediction = outputs.prediction._replace(log_duration=log_duration)
    return loss_terms(outputs._replace(prediction=prediction), features, STATS, count(features))["duration"]


def test_the_duration_term_is_zero_at_the_truth_and_positive_elsewhere(features, outputs):
    truth = jnp.log(jnp.maximum(outputs.durations, 1).astype(jnp.float32))
    assert duration_term(features, outputs, truth) == pytest.approx(0, abs=1e-6)
    for error in (-0.5, 0.5):
        assert duration_term(features, outputs, truth + error) > 0.1


def test_durations_of_too_small_a_spread_are_pulled_apart_but_not_towards_longer_speech(features, outputs):
    recorded = jnp.maximum(outputs.durations, 1).astype(jnp.float32)
    flat = jnp.log(recorded) / 2
    slopes = jax.grad(lambda guess: duration_term(features, outputs, guess))(flat)
    deviance = (jnp.exp(flat) - recorded) * features.text_mask / features.text_mask.sum()
    pull = slopes - deviance
    assert float(jnp.abs(pull).max()) > 0.01
    np.testing.assert_allclose(pull.sum(axis=1), np.zeros(B), atol=1e-5)


def test_the_best_constant_duration_is_the_mean_so_that_totals_are_right(features, outputs):
    mean = np.asarray(outputs.durations)[np.asarray(features.text_mask)].mean()

    def loss(log_duration):
        return duration_term(features, outputs, jnp.broadcast_to(log_duration, (B, N)))

    assert jax.grad(loss)(jnp.log(mean)) == pytest.approx(0, abs=1e-5)
    assert loss(jnp.log(mean)) < min(loss(jnp.log(mean) + 0.05), loss(jnp.log(mean) - 0.05))


def test_the_pitch_term_is_weighted_by_the_voiced_share_of_a_token(features, outputs):
    silent = outputs._replace(prosody=outputs.prosody._replace(voiced=jnp.zeros((B, N))))
    assert loss_terms(silent, features, STATS, count(features))["log_f0"] == 0
    half = outputs._replace(
        prosody=outputs.prosody._replace(voiced=jnp.full((B, N), 0.5)),
        prediction=outputs.prediction._replace(log_f0=outputs.prosody.log_f0 + 0.7),
    )
    got = loss_terms(half, features, STATS, count(features))["log_f0"]
    assert got == pytest.approx(0.5 * 0.7, rel=1e-5), "as every token is equally wrong, the spread is right"


def test_prosody_that_varies_too_little_costs_its_missing_spread(features, outputs):
    """Shrunk to a third about the mean of an utterance whose values are +1 and -1, it lacks two thirds."""
    lengths = np.asarray(features.text_mask).sum(axis=1)
    signs = jnp.asarray(np.where(np.arange(N) % 2, -1.0, 1.0) * np.ones((B, 1)), jnp.float32)
    even = np.flatnonzero(lengths % 2 == 0)  # their mean is 0
    mask = features.text_mask & jnp.isin(jnp.arange(B), even)[:, None]
    true = Prosody(signs, jnp.ones((B, N)), signs)
    flat = outputs.prediction._replace(log_f0=signs / 3, energy=signs / 3)
    given = outputs._replace(prosody=true, prediction=flat)
    masked = features._replace(text_mask=mask)
    terms = loss_terms(given, masked, STATS, count(masked))
    for name in ("log_f0", "energy"):
        assert terms[name] == pytest.approx(2 / 3 + len(even) / B * 2 / 3, rel=1e-3)


def test_terms_of_half_batches_with_shared_counts_average_to_those_of_the_whole(features, outputs):
    whole = count(features)
    shared = Counts(whole.tokens / 2, whole.frames / 2)
    halves = []
    for part in (slice(0, 2), slice(2, 4)):
        half_outputs, half = jax.tree.map(lambda x, part=part: x[part], (outputs, features))
        halves.append(loss_terms(half_outputs, half, STATS, shared))
    for name, term in loss_terms(outputs, features, STATS, whole).items():
        assert (halves[0][name] + halves[1][name]) / 2 == pytest.approx(float(term), rel=1e-5), name


def test_counts_are_those_of_real_tokens_and_frames(features):
    assert tuple(map(float, count(features))) == (6 + 2 + 4 + 3, 20 + 7 + 13 + 9)
