"""Discriminators, which learn to distinguish recordings from generated waveforms, for training vocoders."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.config import Audio, Vocoder
from xtts_jax.models.discriminators.periods import PeriodDiscriminator, Periods
from xtts_jax.models.discriminators.resolutions import ResolutionDiscriminator, Resolutions
from xtts_jax.models.discriminators.verdict import Verdict

Verdicts = dict[str, list[Verdict]]  # by family


class Discriminators(nn.Module):
    """Both families of discriminators; they share neither params nor computations."""

    periods: Periods
    resolutions: Resolutions
    audio: Audio
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, audio: Float[Array, "b s"]) -> Verdicts:
        return {
            "periods": [
                PeriodDiscriminator(period, self.periods.widths, self.dtype, name=f"period_{period}")(audio)
                for period in self.periods.periods
            ],
            "resolutions": [
                ResolutionDiscriminator(
                    n_fft, self.resolutions.width, self.audio, self.dtype, name=f"n_fft_{n_fft}"
                )(audio)
                for n_fft in self.resolutions.n_ffts
            ],
        }


def build(settings: Vocoder, audio: Audio, dtype: jnp.dtype) -> Discriminators:
    periods = Periods(settings.periods, settings.period_widths)
    return Discriminators(periods, Resolutions(settings.resolutions, settings.resolution_width), audio, dtype)
