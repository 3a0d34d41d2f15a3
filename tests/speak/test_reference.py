"""Recordings of a voice, as they are read."""

from dataclasses import replace

import numpy as np
from speaking_run import RATE, buzz

from xtts_jax.config import Config
from xtts_jax.speak.reference import reference_of


def test_a_run_that_learned_without_noise_is_given_none(tiny_config: Config) -> None:
    quiet = replace(tiny_config, data=replace(tiny_config.data, denoise=True))
    rate = tiny_config.audio.sample_rate
    assert rate == RATE
    clean = np.concatenate([buzz(0.6, 120), np.zeros(4000), buzz(0.6, 140), np.zeros(4000)])
    noisy = clean + np.random.default_rng(0).normal(0, 0.02, len(clean))
    as_it_is, asked, unasked = (
        reference_of(noisy, "a.wav", config, denoised).audio
        for config, denoised in ((tiny_config, False), (tiny_config, True), (quiet, False))
    )
    np.testing.assert_array_equal(unasked, asked)
    assert len(unasked) != len(as_it_is) or not np.allclose(unasked, as_it_is)
