"""Statistics of a corpus, on signals whose statistics are known."""

import jax.numpy as jnp
import numpy as np

from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.statistics import STD_FLOOR, features, summarize
from xtts_jax.config import Config


def test_features_are_those_of_each_clip_without_padding(tiny_config: Config) -> None:
    settings = tiny_config.audio
    clips = [
        np.random.default_rng(i).normal(size=frames * settings.hop_length) for i, frames in enumerate((9, 5))
    ]
    mel, energy = features([clip.astype(np.float32) for clip in clips], 4, settings)
    assert mel.shape == (14, settings.n_mels) and energy.shape == (14,)
    alone = np.asarray(log_mel(jnp.asarray(clips[0][None], jnp.float32), settings))[0]
    np.testing.assert_allclose(mel[: 9 - 2], alone[: 9 - 2], atol=1e-4)  # the last two see what follows


def test_a_bin_that_never_changes_is_not_blown_up() -> None:
    stats = summarize(np.full((5, 2), 3.0), np.arange(5.0), np.array([5.0, 5.0]))
    np.testing.assert_array_equal(stats.mel_mean, [3.0, 3.0])
    np.testing.assert_array_equal(stats.mel_std, [STD_FLOOR, STD_FLOOR])
    assert (stats.energy_mean, stats.log_f0_mean) == (2.0, 5.0)
