"""The pitch contour: from tokens to frames, and its embedding for the decoder."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.models.contour import SMOOTHING, Contour, ContourEmbedding, contour_of
from xtts_jax.models.variance import Prosody

FRAMES, GROUP, WIDTH = 64, 2, 6
DURATIONS = jnp.array([[20, 12, 20, 0]])
EMBEDDING = ContourEmbedding(WIDTH, GROUP, jnp.dtype("float32"))


def prosody(log_f0: list[float], voiced: list[float]) -> Prosody:
    return Prosody(jnp.array([log_f0]), jnp.array([voiced]), jnp.zeros((1, len(voiced))))


def test_a_contour_has_the_pitch_of_each_token_without_steps_between_them() -> None:
    contour = contour_of(prosody([-1.0, 0.5, 2.0, 9.0], [1.0, 1.0, 1.0, 0.0]), DURATIONS, FRAMES)
    log_f0 = np.asarray(contour.log_f0[0])
    assert log_f0[10] == pytest.approx(-1) and log_f0[26] == pytest.approx(0.5)
    assert log_f0[42] == pytest.approx(2)
    assert 0 < np.diff(log_f0[:52]).max() < 3.0 / SMOOTHING * 1.5, "a step from token to token"
    np.testing.assert_array_equal(contour.voiced[0], np.arange(FRAMES) < 52)


def test_unvoiced_tokens_do_not_influence_the_pitch_around_them() -> None:
    between = [
        contour_of(prosody([-1.0, junk, 2.0, junk], [1.0, 0.0, 1.0, 0.0]), DURATIONS, FRAMES)
        for junk in (0.0, 50.0)
    ]
    voiced = np.asarray(between[0].voiced[0])
    np.testing.assert_array_equal(voiced, (np.arange(FRAMES) < 20) | (np.abs(np.arange(FRAMES) - 41.5) < 10))
    for log_f0 in (np.asarray(contour.log_f0[0]) for contour in between):
        np.testing.assert_allclose(log_f0[voiced], np.where(np.arange(FRAMES) < 26, -1, 2)[voiced], rtol=1e-5)


def embed(log_f0: np.ndarray, voiced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The embedding of a contour under fresh params, and their kernel."""
    contour = Contour(jnp.asarray(log_f0, jnp.float32)[None], jnp.asarray(voiced)[None])
    found, params = EMBEDDING.init_with_output(jax.random.key(0), contour)
    return np.asarray(found)[0], np.asarray(params["params"]["Dense_0"]["kernel"])


def test_the_embedding_only_sees_the_pitch_of_voiced_frames() -> None:
    voiced = np.arange(FRAMES) < 30
    one, other = (embed(np.where(voiced, 0.3, junk), voiced)[0] for junk in (0.0, 2.0))
    np.testing.assert_array_equal(one, other)
    assert not one[15:].any() and np.ptp(one[:15], axis=0).max() == 0
    assert np.abs(one[:15] - embed(np.full(FRAMES, 0.4), voiced)[0][:15]).max() > 0.1


def test_one_layer_can_place_the_tenth_harmonic_of_any_pitch() -> None:
    """Whether a harmonic is at 1.2 kHz, for pitches within two deviations of 0.3 nat around 200 Hz."""
    log_f0 = np.linspace(-2, 2, 400)
    order = 1200 / (200 * np.exp(0.3 * log_f0))
    peak = np.exp(-0.5 * np.square((order - np.round(order)) / 0.25))
    contour = Contour(jnp.asarray(np.repeat(log_f0, GROUP), jnp.float32)[None], jnp.ones((1, 800), bool))
    columns = []
    for seed in range(30):
        found, _ = EMBEDDING.init_with_output(jax.random.key(seed), contour)
        columns.append(np.asarray(found)[0])
    seen = np.concatenate([*columns, np.ones((400, 1))], axis=1)
    fitted = seen @ np.linalg.lstsq(seen, peak, rcond=1e-6)[0]
    assert np.abs(fitted - peak).mean() < 0.1 * np.abs(peak - peak.mean()).mean()
