"""Word and character errors: what a recognizer understands of clips, against what they should say."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.io import resample
from xtts_jax.errors import UserError
from xtts_jax.judge.spelling import comparable
from xtts_jax.listen.edit_distance import edit_distance
from xtts_jax.listen.transcriber import Transcriber


class WordErrors(NamedTuple):
    """Counts of each of n clips, by edit distance; the rates pool them and may pass 1."""

    errors: np.ndarray  # (n,) words that are wrong
    words: np.ndarray  # (n,) words that should be said
    character_errors: np.ndarray  # (n,), without spaces
    characters: np.ndarray  # (n,)
    heard: tuple[str, ...]

    @property
    def wer(self) -> float:
        return float(self.errors.sum() / self.words.sum())

    @property
    def cer(self) -> float:
        return float(self.character_errors.sum() / self.characters.sum())


def word_errors(
    transcriber: Transcriber,
    clips: Sequence[np.ndarray],
    sample_rate: int,
    texts: Sequence[str],
    languages: Sequence[str],
) -> WordErrors:
    """The errors of (s,) clips that should say `texts`, each in its language.

    Raises `UserError` where no text has words.
    """
    heard = [
        transcriber.hear(resample(clip, sample_rate, transcriber.sample_rate), language).symbols
        for clip, language in zip(clips, languages, strict=True)
    ]
    return count_errors(texts, heard, languages)


def count_errors(texts: Sequence[str], heard: Sequence[str], languages: Sequence[str]) -> WordErrors:
    """The errors of transcripts, both sides spelled as `comparable` does."""
    said = [comparable(text, code).split() for text, code in zip(texts, languages, strict=True)]
    found = [comparable(text, code).split() for text, code in zip(heard, languages, strict=True)]
    if not any(said):
        raise UserError("There are no words to recognize: every text is empty or has no letters in it.")
    pairs = list(zip(said, found, strict=True))
    return WordErrors(
        np.array([edit_distance(ours, theirs) for ours, theirs in pairs]),
        np.array([len(ours) for ours, _ in pairs]),
        np.array([edit_distance("".join(ours), "".join(theirs)) for ours, theirs in pairs]),
        np.array([len("".join(ours)) for ours, _ in pairs]),
        tuple(" ".join(theirs) for _, theirs in pairs),
    )
