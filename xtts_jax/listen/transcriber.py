"""What turns speech into words or phonemes."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

import numpy as np

SHORTEST_S = 0.1  # a shorter clip holds no word and counts as silence


class Hearing(NamedTuple):
    symbols: str  # words, or phonemes: those of `text.sounds.said`
    confidence: float  # in [0, 1]: the geometric mean of the probabilities, over symbols or words


class Transcriber(Protocol):
    """Anything that recognizes speech. Its clips are (s,) float32 at `sample_rate`."""

    column: str  # column of a corpus that its symbols belong in: "text" or "phonemes"
    least_confidence: float  # that a label needs by default

    @property
    def sample_rate(self) -> int:
        """The rate of the audio it takes, in Hz."""
        ...

    @property
    def languages(self) -> Collection[str]:
        """Codes of the languages it knows."""
        ...

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        """The symbols of a clip in one of `languages`; "" where nothing is said."""
        ...
