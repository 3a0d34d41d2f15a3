"""The values that cross module borders, and the rounding of their padded lengths."""

from typing import NamedTuple, TypeVar

import numpy as np

Size = TypeVar("Size", int, np.ndarray)


class Batch(NamedTuple):
    """One padded batch; shapes are static per bucket. Padding is zero and carries no meaning.

    Letters: b batch, n tokens, t mel frames, s = t * hop_length samples, r reference frames.
    """

    tokens: np.ndarray  # (b, n) int32, see text.tokenizer
    text_lengths: np.ndarray  # (b,) int32, tokens
    language_ids: np.ndarray  # (b,) int32
    audio: np.ndarray  # (b, s) float32 in [-1, 1]
    mel_lengths: np.ndarray  # (b,) int32, frames
    log_f0: np.ndarray  # (b, t) float32, natural log of Hz; 0 where unvoiced
    voiced: np.ndarray  # (b, t) bool
    reference_audio: np.ndarray  # (b, r * hop_length) float32, the same voice
    reference_lengths: np.ndarray  # (b,) int32, frames


class Stats(NamedTuple):
    """Corpus statistics over training frames, kept with every checkpoint as `stats.json`.

    mel is natural-log mel; log_f0 is over voiced frames (natural log of Hz); energy is
    `audio.mel.energy` (nat).
    """

    mel_mean: np.ndarray  # (m,)
    mel_std: np.ndarray  # (m,)
    log_f0_mean: float
    log_f0_std: float
    energy_mean: float
    energy_std: float


def round_up(value: Size, multiple: int) -> Size:
    """The smallest multiple of `multiple` that is not below `value`."""
    return -(-value // multiple) * multiple
