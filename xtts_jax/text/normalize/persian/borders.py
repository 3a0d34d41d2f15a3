"""Patterns that the rules share: where a word begins and ends, figures, and the words of scales."""

from xtts_jax.text.normalize.common import LETTERS, ZWNJ

BEFORE = rf"(?<![{LETTERS}{ZWNJ}])"
AFTER = rf"(?![{LETTERS}{ZWNJ}])"
LETTER = "[\u0621-\u06cc]"
FIGURE = r"\d+(?:\.\d+)?"
SCALE = "هزار|میلیون|میلیارد|تریلیون"
