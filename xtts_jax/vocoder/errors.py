"""How far rebuilt waveforms are from the recordings they were rebuilt from."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio import pitch
from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Audio
from xtts_jax.losses.vocoder import recorded_norms, spectral

N_FFTS = (512, 1024, 2048)  # for the STFT distance

Clips = Sequence[Float[np.ndarray, "s"]]  # whole hops each; every length is compiled once


class Errors(NamedTuple):
    """How far rebuilt waveforms are from the recordings."""

    mel_l1: float  # nat, mean over clips
    stft: float  # spectral convergence and log-magnitude error, mean over N_FFTS and clips
    log_f0_rmse: float  # in natural log, over all frames that are voiced in both
    voicing_error: float  # share of all frames that are voiced in only one


class Yardstick:
    """Recordings to compare with, whose pitch is found once."""

    def __init__(self, recorded: Clips, settings: Audio) -> None:
        self._recorded, self._settings = recorded, settings
        self._pitch = [pitch.log_f0(clip, settings) for clip in recorded]

    def __call__(self, rebuilt: Clips) -> Errors:
        """The errors of as many clips, each as long as its recording."""
        pairs = zip(rebuilt, self._recorded, strict=True)
        mel, stft = np.mean([_distances(a[None], b[None], self._settings) for a, b in pairs], axis=0)
        found = [pitch.log_f0(np.nan_to_num(clip), self._settings) for clip in rebuilt]
        return Errors(float(mel), float(stft), *pitch.errors(found, self._pitch))


@partial(jax.jit, static_argnames="settings")
def _distances(
    ours: Float[Array, "1 s"], theirs: Float[Array, "1 s"], settings: Audio
) -> tuple[Array, Array]:
    mel = jnp.abs(log_mel(ours, settings) - log_mel(theirs, settings)).mean()
    found = spectral(ours, theirs, recorded_norms(theirs, N_FFTS, settings), N_FFTS, settings)
    return mel, found.convergence + found.log_magnitude
