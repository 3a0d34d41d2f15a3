"""Discriminators against the same networks written in numpy and scipy."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import ShortTimeFFT, correlate

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio.spectrogram import magnitude
from xtts_jax.models.discriminators import Discriminators
from xtts_jax.models.discriminators.periods import PeriodDiscriminator, Periods, fold
from xtts_jax.models.discriminators.resolutions import LAYERS, ResolutionDiscriminator, Resolutions
from xtts_jax.models.discriminators.strided_conv import strided_conv

AUDIO = configuration.build(base.get_config()).audio
FLOAT = jnp.dtype("float32")


def noise(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def params_of(module: Any, audio: jax.Array) -> Any:
    """Params with random biases, because a missing bias would not show if they were zero."""
    params = jax.jit(module.init)(jax.random.key(0), audio)["params"]
    leaves, tree = jax.tree.flatten(params)
    return tree.unflatten([leaf + 0.05 * noise(*leaf.shape, seed=i) for i, leaf in enumerate(leaves)])


def by_scipy(x: np.ndarray, layer: dict[str, Any], strides: tuple[int, ...]) -> np.ndarray:
    """Convolves a waveform or image (..., channels) at all positions, then keeps those of the strides."""
    kernel, axes = np.asarray(layer["kernel"], np.float64), x.ndim - 1
    padded = np.pad(x, [((taps - 1) // 2,) * 2 for taps in kernel.shape[:axes]] + [(0, 0)])
    channels = [
        correlate(padded, kernel[..., o], mode="valid", method="direct")[..., 0]
        for o in range(kernel.shape[-1])
    ]
    kept = np.stack(channels, axis=-1)[tuple(slice(None, None, stride) for stride in strides)]
    return kept + np.asarray(layer["bias"])


def leaky(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0.1 * x)


@pytest.mark.parametrize(
    ("size", "taps", "strides"),
    [
        ((17, 33), (3, 5), (1, 2)),
        ((16, 34), (5, 7), (2, 2)),
        ((9, 10), (3, 3), (2, 1)),
        ((8, 7), (3, 3), (1, 1)),
        ((22,), (5,), (3,)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_gradients_of_the_convolution_equal_those_of_a_sum_over_taps(size, taps, strides, channels) -> None:
    x, kernel = noise(2, *size, channels), noise(*taps, channels, 4, seed=1)

    def plain(x, kernel):
        padded = jnp.pad(x, [(0, 0), *(((n - 1) // 2,) * 2 for n in taps), (0, 0)])
        total = 0
        for place in np.ndindex(*taps):
            cut = [slice(i, i + n, s) for i, n, s in zip(place, size, strides, strict=True)]
            total = total + padded[(slice(None), *cut)] @ kernel[place]
        return total

    def both_ways(conv, x, kernel):
        result, pull = jax.vjp(conv, x, kernel)
        return result, pull(jnp.sin(result))  # an arbitrary cotangent

    ours = jax.jit(partial(both_ways, partial(strided_conv, strides=strides)))(x, kernel)
    expected = jax.jit(partial(both_ways, plain))(x, kernel)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=3e-4)


def test_folding_makes_a_row_of_every_period_th_sample_and_reflects_the_end() -> None:
    rows = fold(jnp.asarray([[0.0, 1, 2, 3, 4, 5, 6], [10, 11, 12, 13, 14, 15, 16]]), 3)
    expected = [[0, 3, 6], [1, 4, 5], [2, 5, 4], [10, 13, 16], [11, 14, 15], [12, 15, 14]]
    np.testing.assert_array_equal(rows[..., 0], expected)


def test_period_discriminator_equals_the_two_dimensional_one_of_the_paper() -> None:
    """The paper has (k, 1) kernels over an image of s / period rows and `period` columns."""
    audio, period = noise(2, 130), 7
    module = PeriodDiscriminator(period, (3, 4, 5), FLOAT)
    params = params_of(module, audio)
    verdict = jax.jit(module.apply)({"params": params}, audio)
    for row, wave in enumerate(np.asarray(audio, np.float64)):
        x = np.pad(wave, (0, -len(wave) % period), mode="reflect").reshape(-1, period, 1)
        for i, stride in enumerate((3, 3, 1)):
            layer = params[f"conv_{i}"]
            x = leaky(by_scipy(x, {"kernel": layer["kernel"][:, None], "bias": layer["bias"]}, (stride, 1)))
            shape = (2, period, -1, x.shape[-1])
            features = np.asarray(verdict.features[i]).reshape(shape)[row].swapaxes(0, 1)
            np.testing.assert_allclose(features, x, atol=1e-5)
        score = params["score"]
        x = by_scipy(x, {"kernel": score["kernel"][:, None], "bias": score["bias"]}, (1, 1))
        np.testing.assert_allclose(verdict.scores[row], x[..., 0].T.ravel(), atol=1e-5)
    assert len(verdict.features) == 4


def test_magnitude_equals_scipys_and_noise_of_rms_one_has_rms_one() -> None:
    audio = noise(1, 8192)
    ours = np.asarray(magnitude(audio, 512, AUDIO))[0]
    padded = np.pad(np.asarray(audio[0], np.float64), 192, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    transform = ShortTimeFFT(window, hop=128, fs=1)
    places = range(transform.lower_border_end[1], transform.upper_border_begin(len(padded))[1])
    spectrum = transform.stft(padded)[:, [place - transform.p_min for place in places]]
    expected = np.abs(spectrum.T) / np.linalg.norm(window)
    np.testing.assert_allclose(ours, expected, atol=1e-4)
    assert np.sqrt(np.square(ours[:, 1:-1]).mean()) == pytest.approx(1, abs=0.03)


def test_resolution_discriminator_is_a_stack_of_convolutions_over_the_spectrogram() -> None:
    audio = noise(1, 700)
    module = ResolutionDiscriminator(64, 3, AUDIO, FLOAT)
    params = params_of(module, audio)
    verdict = jax.jit(module.apply)({"params": params}, audio)
    x = np.asarray(magnitude(audio, 64, AUDIO), np.float64)[0, ..., None]
    for i, (_, strides) in enumerate(LAYERS):
        x = leaky(by_scipy(x, params[f"conv_{i}"], strides))
        np.testing.assert_allclose(verdict.features[i][0], x, atol=1e-5)
    np.testing.assert_allclose(verdict.scores[0], by_scipy(x, params["score"], (1, 1)).ravel(), atol=1e-5)


@pytest.fixture(scope="module")
def pair() -> tuple[Discriminators, Any]:
    module = Discriminators(Periods((2, 3), (2, 3)), Resolutions((64, 128), 2), AUDIO, FLOAT)
    return module, params_of(module, noise(1, 512))


def test_every_discriminator_has_its_own_params_and_uses_them_all(pair) -> None:
    module, params = pair
    assert set(params) == {"period_2", "period_3", "n_fft_64", "n_fft_128"}

    def total(params):
        verdicts = module.apply({"params": params}, noise(2, 512))
        return sum(jnp.square(v.scores).sum() for family in verdicts.values() for v in family)

    slopes = jax.tree_util.tree_leaves_with_path(jax.jit(jax.grad(total))(params))
    assert [jax.tree_util.keystr(path) for path, slope in slopes if not jnp.any(slope)] == []


def test_a_waveform_is_judged_independently_of_its_batch(pair) -> None:
    module, params = pair
    audio = noise(3, 512)
    judge = jax.jit(lambda audio: module.apply({"params": params}, audio))
    together, alone = judge(audio), judge(audio[1:2])
    for ours, theirs in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
        share = ours.shape[0] // 3
        np.testing.assert_allclose(ours[share : 2 * share], theirs, atol=1e-5)
