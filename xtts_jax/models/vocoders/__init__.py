"""Vocoder generators: natural-log mels (b, t, m) of any length to waveforms of t * hop_length samples."""

import jax.numpy as jnp

from xtts_jax.config import Audio
from xtts_jax.models.vocoders.hifigan import HifiganVocoder
from xtts_jax.models.vocoders.istft import IstftVocoder
from xtts_jax.models.vocoders.spec import Hifigan, Istft, Spec

Generator = IstftVocoder | HifiganVocoder


def build(spec: Spec, audio: Audio, dtype: jnp.dtype) -> Generator:
    match spec:
        case Istft():
            return IstftVocoder(spec, audio, dtype)
        case Hifigan():
            return HifiganVocoder(spec, audio, dtype)
