"""Types that several rooms exchange, and the rounding of their padded lengths."""

from typing import NamedTuple, TypeVar

import numpy as np

Size = TypeVar("Size", int, np.ndarray)


class Batch(NamedTuple):
    """A padded batch. Shapes are static per bucket; padding is zero and is ignored.

    Dimensions: b batch, n tokens, t mel frames, s = t * hop_length samples, r reference frames.
    """

    tokens: np.ndarray  # (b, n) int32, see text.tokenizer
    text_lengths: np.ndarray  # (b,) int32, tokens
    language_ids: np.ndarray  # (b,) int32
    audio: np.ndarray  # (b, s) int16, see audio.samples
    mel_lengths: np.ndarray  # (b,) int32, frames
    log_f0: np.ndarray  # (b, t) float32, natural log of Hz; 0 where unvoiced
    voiced: np.ndarray  # (b, t) bool
    reference_audio: np.ndarray  # (b, r * hop_length) int16, a clip of the same voice
    reference_lengths: np.ndarray  # (b,) int32, frames


class Stats(NamedTuple):
    """Corpus statistics over the training frames, stored as `stats.json` with every run.

    mel is the natural-log mel; log_f0 the natural log of Hz, over voiced frames; energy is
    `audio.mel.energy`, in nats.
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
