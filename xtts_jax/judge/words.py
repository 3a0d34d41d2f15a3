"""Word error rates of English speech, by pocketsphinx, which this project did not train."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from xtts_jax.errors import UserError
from xtts_jax.listen.edit_distance import edit_distance
from xtts_jax.listen.pocketsphinx import closed_decoder, open_decoder, transcribe
from xtts_jax.text.normalize import normalize

Vocabulary = Literal["open", "closed"]

_WORD = re.compile("[a-z]+(?:'[a-z]+)*")
_ONE_SPELLING = {"mr": "mister", "mrs": "missus", "dr": "doctor", "etc": "et cetera"}


class WordErrors(NamedTuple):
    """Pooled over the words of all texts; wer = errors / words, which may pass 1."""

    wer: float
    words: int
    errors: int
    hypotheses: tuple[str, ...]


def word_error_rate(
    clips: Sequence[np.ndarray], sample_rate: int, texts: Sequence[str], vocabulary: Vocabulary
) -> WordErrors:
    """The word errors of pocketsphinx on the (s,) clips; recordings have 0.2 to 0.3 open and 0.02 closed.

    open: pocketsphinx's own language model of English. closed: a bigram model of these texts alone, so give
    30 or more. Words without a known pronunciation are counted, and always missed.
    """
    if len(clips) != len(texts):
        raise ValueError(f"{len(clips)} clips and {len(texts)} texts")
    decoder = (
        open_decoder() if vocabulary == "open" else closed_decoder([spoken_words(text) for text in texts])
    )
    return count_errors(texts, [transcribe(decoder, clip, sample_rate) for clip in clips])


def count_errors(texts: Sequence[str], hypotheses: Sequence[str]) -> WordErrors:
    """The errors of hypotheses against texts, both spelled as `spoken_words` does."""
    pairs = [(spoken_words(text), spoken_words(heard)) for text, heard in zip(texts, hypotheses, strict=True)]
    words = sum(len(reference) for reference, _ in pairs)
    if not words:
        raise UserError("There are no words to recognize: every text is empty or without Latin letters.")
    errors = sum(edit_distance(reference, heard) for reference, heard in pairs)
    return WordErrors(errors / words, words, errors, tuple(" ".join(heard) for _, heard in pairs))


def spoken_words(text: str) -> list[str]:
    """The words as a speaker says them: lower case, numbers spelled out, no accents, apostrophes kept."""
    plain = unicodedata.normalize("NFKD", normalize(text, "en"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    words = [match.group() for match in _WORD.finditer(letters)]
    return " ".join(_ONE_SPELLING.get(word, word) for word in words).split()
