"""The symbols of an utterance that are audible, and those that error rates count."""

import unicodedata
from collections.abc import Container

from xtts_jax.text.tokenizer import SPECIAL, Tokenizer

_WORD_BORDER = " "
# For each mark the others, those with the most similar pause and melody first.
_NEAREST_MARKS = {
    ".": "!;…:?—,",
    "!": ".?…;:—,",
    "?": "!.…;:—,",
    "…": ".—;:,!?",
    ";": ":,—.…!?",
    ":": ";,—.…!?",
    "—": ",;:….!?",
    ",": ";:—….!?",
}
_STRESS_AND_LENGTH = "ˈˌː"


def said(symbols: str) -> str:
    """The symbols without punctuation, which is not audible.

    Word borders, stress and length stay: they are audible in the rhythm, and synthesis needs them.
    """
    return "".join(symbol for symbol in symbols if _is_said(symbol))


def phones(symbols: str) -> str:
    """The symbols that error rates count: without punctuation, word borders, stress and length.

    Front ends disagree about the last three, and have none of them in some languages.
    """
    return "".join(symbol for symbol in said(symbols) if symbol not in _WORD_BORDER + _STRESS_AND_LENGTH)


def with_known_marks(symbols: str, known: Container[str]) -> str:
    """The symbols with the nearest of the known marks for each mark that is not known."""
    for mark in {*symbols} & _NEAREST_MARKS.keys():
        if mark not in known and (nearest := next(filter(known.__contains__, _NEAREST_MARKS[mark]), "")):
            symbols = symbols.replace(mark, nearest)
    return symbols


def said_ids(tokenizer: Tokenizer) -> tuple[bool, ...]:
    """Whether the symbol of each id is audible."""
    return tuple(symbol not in SPECIAL and _is_said(symbol) for symbol in tokenizer.symbols)


def _is_said(symbol: str) -> bool:
    """Whether a symbol is a letter, a modifier, a stress or length mark, a number or a word border."""
    return symbol == _WORD_BORDER or unicodedata.category(symbol)[0] in "LMN" or symbol in _STRESS_AND_LENGTH
