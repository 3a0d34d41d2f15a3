"""Which symbols of an utterance can be heard, and which of them an error rate counts."""

import unicodedata

from xtts_jax.text.tokenizer import SPECIAL, Tokenizer

_WORD_BORDER = " "
_STRESS_AND_LENGTH = "ˈˌː"


def said(symbols: str) -> str:
    """Without punctuation, which has no sound.

    Word borders, stress and length stay: rhythm tells of them, and who reads the symbols aloud needs them.
    """
    return "".join(symbol for symbol in symbols if _is_said(symbol))


def phones(symbols: str) -> str:
    """Without word borders, stress and length as well: what error rates count.

    Front ends are not of one mind about those, and have none in some languages.
    """
    return "".join(symbol for symbol in said(symbols) if symbol not in _WORD_BORDER + _STRESS_AND_LENGTH)


def said_ids(tokenizer: Tokenizer) -> tuple[bool, ...]:
    """Of every id, whether its symbol can be heard."""
    return tuple(symbol not in SPECIAL and _is_said(symbol) for symbol in tokenizer.symbols)


def _is_said(symbol: str) -> bool:
    """Letters, marks that change a letter, stress and length marks (category Lm or Sk), word borders."""
    return symbol == _WORD_BORDER or unicodedata.category(symbol)[0] in "LMN" or symbol in _STRESS_AND_LENGTH
