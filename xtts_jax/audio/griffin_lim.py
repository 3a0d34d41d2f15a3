"""Waveforms from mel alone: no training, so it is also the check on every trained vocoder."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from xtts_jax.audio.mel import mel_filters
from xtts_jax.audio.stft import istft, stft
from xtts_jax.config import Audio

MOMENTUM = 0.99
_INVERSION_STEPS = 30  # from flat magnitudes: the mel is met within 1e-4 nat on average
_FOLLOWING_STEPS = 2  # from those of a waveform whose mel is near already


@partial(jax.jit, static_argnames=("settings", "iterations"))
def griffin_lim(
    mel: Float[Array, "b t m"], settings: Audio, iterations: int, key: Array
) -> Float[Array, "b s"]:
    """A waveform of s = t * hop_length samples whose log_mel comes near to `mel`; it may pass 1.

    The usual recipe inverts the mel once and holds the magnitudes. Here they follow the waveform,
    within what this mel allows: a third of the error after re-analysis, and a higher DNSMOS.
    """
    return retrieve_phase(
        mel_to_magnitude(mel, settings),
        lambda consistent: _fit(consistent, mel, settings, steps=_FOLLOWING_STEPS),
        settings,
        iterations,
        key,
    )


def mel_to_magnitude(mel: Float[Array, "b t m"], settings: Audio) -> Float[Array, "b t f"]:
    """The non-negative magnitudes of these natural-log mels that are nearest to flat."""
    flat = jnp.ones((*mel.shape[:2], settings.n_fft // 2 + 1))
    return _fit(flat, mel, settings, steps=_INVERSION_STEPS)


def retrieve_phase(
    magnitude: Float[Array, "b t f"],
    constrain: Callable[[Array], Array],
    settings: Audio,
    iterations: int,
    key: Array,
) -> Float[Array, "b s"]:
    """Fast Griffin-Lim from random phases (Perraudin, Balazs & Sondergaard 2013, algorithm 2).

    `constrain` gives the next magnitudes from those of the waveform that the last ones led to.
    """

    def iterate(_: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        estimate, previous, magnitude = state
        consistent = stft(istft(magnitude * _phase(estimate), settings), settings)
        estimate = consistent + MOMENTUM * (consistent - previous)
        return estimate, consistent, constrain(jnp.abs(consistent))

    noise = jnp.exp(1j * jax.random.uniform(key, magnitude.shape, maxval=2 * np.pi))
    state = (noise, jnp.zeros_like(noise), magnitude)
    estimate, _, magnitude = jax.lax.fori_loop(0, iterations, iterate, state)
    return istft(magnitude * _phase(estimate), settings)


def _fit(
    magnitude: Float[Array, "b t f"], mel: Float[Array, "b t m"], settings: Audio, *, steps: int
) -> Float[Array, "b t f"]:
    """Multiplicative updates of the Kullback-Leibler divergence (Lee & Seung 2001, theorem 2).

    It weighs quiet bands more than least squares does, and leaves less error after re-analysis.
    """
    filters, target = jnp.asarray(mel_filters(settings)), jnp.exp(mel)
    reach = jnp.maximum(filters.sum(axis=0), 1e-8)[None, None]
    product = partial(jnp.einsum, precision=jax.lax.Precision.HIGHEST)

    def update(_: Array, magnitude: Array) -> Array:
        ratio = target / jnp.maximum(product("btf,mf->btm", magnitude, filters), 1e-8)
        return magnitude * product("btm,mf->btf", ratio, filters) / reach

    return jax.lax.fori_loop(0, steps, update, magnitude)


def _phase(spectrum: Complex[Array, "b t f"]) -> Complex[Array, "b t f"]:
    return spectrum / jnp.maximum(jnp.abs(spectrum), 1e-12)
