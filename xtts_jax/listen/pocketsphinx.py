"""pocketsphinx, listening: an English recording to the words it hears."""

import numpy as np

from xtts_jax.judge import judges
from xtts_jax.listen.listener import Hearing


class WordListener:
    """As `recognise.Listener`, of words. Raises `UserError` where the package is missing."""

    column: str = "text"
    least_confidence: float = 0.3
    languages = judges.LANGUAGES
    sample_rate = judges.SAMPLE_RATE

    def __init__(self) -> None:
        judges.require_word_judge()

    def hear(self, audio: np.ndarray) -> Hearing:
        return Hearing(*judges.words_heard(audio, self.sample_rate))
