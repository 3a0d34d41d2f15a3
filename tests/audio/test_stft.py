from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio.stft import istft, stft

SETTINGS = configuration.build(base.get_config()).audio


def noise(samples: int) -> jax.Array:
    return jax.random.normal(jax.random.key(samples), (2, samples))


@pytest.mark.parametrize("samples", [1024, 1025, 1279, 1280, 4095, 8192, 10_000])
def test_there_is_a_frame_for_every_whole_hop(samples):
    shape = jax.eval_shape(lambda audio: stft(audio, SETTINGS), jnp.zeros((2, samples))).shape
    assert shape == (2, samples // SETTINGS.hop_length, SETTINGS.n_fft // 2 + 1)


def test_frames_hold_the_windowed_samples_around_the_middle_of_their_hop():
    audio = np.asarray(noise(5000))
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    middle = 7 * 256 + 128
    expected = np.fft.rfft(audio[:, middle - 512 : middle + 512] * taper)
    np.testing.assert_allclose(stft(jnp.asarray(audio), SETTINGS)[:, 7], expected, atol=1e-4)


@pytest.mark.parametrize(
    "changes", [{}, {"win_length": 800}, {"hop_length": 300}, {"n_fft": 1000, "win_length": 1000}]
)
def test_the_inverse_returns_every_sample(changes):
    settings = replace(SETTINGS, **changes)
    audio = noise(20 * settings.hop_length)
    there_and_back = jax.jit(lambda audio: istft(stft(audio, settings), settings))
    np.testing.assert_allclose(there_and_back(audio), audio, atol=1e-4)


def test_the_inverse_passes_gradients_to_every_frame():
    @jax.jit
    @jax.grad
    def gradient_of_power(scale: jax.Array) -> jax.Array:
        return jnp.sum(istft(stft(noise(4096), SETTINGS) * scale, SETTINGS) ** 2)

    gradient = gradient_of_power(jnp.ones((2, 16, 1)))
    assert (jnp.abs(gradient) > 1e-3).all()
