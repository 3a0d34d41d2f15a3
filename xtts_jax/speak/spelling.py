"""A text as the symbols that a run has learned, and their ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.errors import TextError, UserError, listening, notify
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.lexicon import read_lexicon
from xtts_jax.text.markup import parse
from xtts_jax.text.sounds import phones, with_known_marks
from xtts_jax.text.spans import Span, Way, written
from xtts_jax.text.tokenizer import Tokenizer, spell_out


class Spelt(NamedTuple):
    ids: np.ndarray  # (n,) int32
    symbols: str
    unknown: tuple[str, ...]  # symbols that the run never saw, which were left out


class Speller:
    def __init__(self, tokenizer: Tokenizer, lexicon: str, ezafe: str) -> None:
        """lexicon: the path of a file, or ""; ezafe: as in `Frontend`."""
        self._tokenizer = tokenizer
        words = read_lexicon(Path(lexicon).expanduser()) if lexicon else {}
        self._frontend = Frontend(tokenizer.frontend, words, ezafe, tokenizer.languages)

    def __call__(self, spans: Sequence[Span], language: str) -> Spelt:
        """Raises `TextError` for a text that the front end refuses, or of which the run knows nothing."""
        spans = [self._with_known_sounds(span) for span in spans]
        symbols = with_known_marks(self._frontend.read(spans, language), self._tokenizer.symbols)
        ids, unknown = self._tokenizer.encode(symbols)
        known = "".join(symbol for symbol in symbols if symbol not in unknown)
        if not any(character.isalnum() for character in known):
            raise TextError(
                "The run never saw any sound of {said!r} ({symbols}), so there is nothing that it could say. "
                "Check that {language} is that of the text.",
                said=written(spans),
                symbols=symbols,
            )
        return Spelt(ids, known, unknown)

    def _with_known_sounds(self, span: Span) -> Span:
        """The span, or the words that are written in it where the run knows none of its IPA."""
        if span.way is not Way.IPA or span.said == span.written or self._frontend.kind != "phonemes":
            return span
        if set(phones(span.said)) & set(self._tokenizer.symbols):
            return span
        notice = f"the run never saw any sound of {span.said!r}; {span.written!r} is read as it is written."
        notify(notice, stacklevel=2)
        return span._replace(said=span.written, way=Way.TEXT)

    def known_symbols(self, spans: Sequence[Span], language: str) -> str:
        """The symbols that are known, without notices; "" where there are none."""
        with listening(lambda _: None):
            try:
                return self(spans, language).symbols
            except TextError:
                return ""

    def tokens_of_all(self, text: str, language: str) -> tuple[np.ndarray, int]:
        """(n,) ids, and the id of the language; `UserError` where anything would be left out."""
        language_id = self._tokenizer.language_id(language)
        spelt = self(parse(text, language).spans, language)
        if spelt.unknown:
            raise UserError(
                f"The run never saw {' '.join(spelt.unknown)} of {text!r}. Choose other words, or another "
                "recording."
            )
        return spelt.ids, language_id


def describe_unknown(symbols: Sequence[str]) -> str:
    """What became of symbols of a text that the run never saw."""
    return f"the run never saw {', '.join(map(spell_out, symbols))}; left out of the speech."
