"""A text as the symbols that a run has learned, and their ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.errors import FieldError, UserError
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.lexicon import read_lexicon
from xtts_jax.text.tokenizer import Tokenizer, spell_out


class Spelt(NamedTuple):
    ids: np.ndarray  # (n,) int32
    symbols: str
    unknown: tuple[str, ...]  # symbols that the run never saw, which were left out


class Speller:
    def __init__(self, tokenizer: Tokenizer, lexicon: str) -> None:
        """lexicon: the path of a file, or ""."""
        self._tokenizer = tokenizer
        words = read_lexicon(Path(lexicon).expanduser()) if lexicon else {}
        self._frontend = Frontend(tokenizer.frontend, words, tokenizer.languages)

    def __call__(self, text: str, language: str) -> Spelt:
        """Raises `UserError` for a text that the front end refuses, or of which the run knows nothing."""
        symbols = self._frontend(text, language)
        ids, unknown = self._tokenizer.encode(symbols)
        known = "".join(symbol for symbol in symbols if symbol not in unknown)
        if not known.strip():
            raise FieldError(
                "The run never saw any sound of {said!r} ({symbols}), so there is nothing that it could say. "
                "Check that {language} is that of the text.",
                said=text,
                symbols=symbols,
            )
        return Spelt(ids, known, unknown)

    def tokens_of_all(self, text: str, language: str) -> tuple[np.ndarray, int]:
        """(n,) ids, and the id of the language; `UserError` where anything would be left out."""
        language_id, spelt = self._tokenizer.language_id(language), self(text, language)
        if spelt.unknown:
            raise UserError(
                f"The run never saw {' '.join(spelt.unknown)} of {text!r}. Choose other words, or another "
                "recording."
            )
        return spelt.ids, language_id


def describe_unknown(symbols: Sequence[str]) -> str:
    """What became of symbols of a text that the run never saw."""
    return f"the run never saw {', '.join(map(spell_out, symbols))}; left out of the speech."
