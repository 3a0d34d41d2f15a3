"""What joins two numbers, once units and money are words: "to", "minus", "over"; and ordinals."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.grouping import FIGURE
from xtts_jax.text.normalize.numbers import cardinal, ordinal
from xtts_jax.text.patterns import sub

# Two numbers that are said one after the other: 24/7, 9/11, 20/20. Parts of a hundred are, too: 60/40.
_SAID_AS_WRITTEN = {("24", "7"), ("9", "11"), ("7", "7"), ("7", "11"), ("20", "20")}
_NAMES = {2: "half", 4: "quarter"}
_HUNDREDS = 100
_SIMPLE = {*range(2, 11), 12, 16, 20, 32, 64, 100}


def speak_ranges(text: str, _row: Language) -> str:
    text = sub(rf"({FIGURE})\s?[-–]\s(?={FIGURE})|({FIGURE})\s[-–]\s?(?={FIGURE})", _spaced, text)
    text = sub(r"(?<![\w.,-])50[-–]50(?![\w-]|[.,]\d)", "50 50", text)
    text = sub(r"(?<=\d)[-–](?=[$€£]?\d)", " to ", text)
    text = sub(r"(?<=[a-z])\s?–\s?(?=-?\d)|(?<=\d)\s?–\s?(?=minus \d)", " to ", text)
    text = sub(r"(?<=\d)(?<!\w-\d)((?: [a-z]+){1,4})[-–](?=\d)", r"\1 to ", text)
    text = sub(r"\b([Aa])[-–—]([Zz])\b", r"\1-to-\2", text)
    return sub(r"(?<![\w\-])[-−]\s?(?=\d)", " minus ", text)


def _spaced(match: re.Match[str]) -> str:
    """5 - 3 is a subtraction, 10 - 12 a range."""
    first = match[1] or match[2]
    rest = match.string[match.end() :]
    second = re.match(FIGURE, rest)
    falls = second is not None and float(second.group()) < float(first)
    equation = re.match(rf"{FIGURE}\s?=", rest)
    return f"{first} {'minus' if falls or equation else 'to'} "


def plain_fractions(text: str, _row: Language) -> str:
    """2/3rds, 3/4s and 2-1/2 as 2/3, 3/4 and 2 1/2."""
    text = sub(r"(?<![\d/.])(\d+/\d+)(?:rd|th|nd)?'?s?(?![\w/])", r"\1", text)
    return sub(
        r"(?<![\w./,-])(\d+)-(?=(?:1/\d|2/[35]|3/[458]|4/5|[57]/8|\d{1,2}/(?:16|32))(?![\d/]))", r"\1 ", text
    )


def speak_fractions(text: str, row: Language) -> str:
    text = sub(r"(?<=\d) (?=\d+/\d+(?![\d/]))(?<!\d/\d )", " and ", text)
    return sub(r"(?<![\d/.])(\d{1,4})/(\d{1,4})(?![\d/]|\.\d)", lambda m: _fraction(m[1], m[2], row), text)


def _fraction(top: str, bottom: str, row: Language) -> str:
    first, second = cardinal(top, row), cardinal(bottom, row)
    if (top, bottom) in _SAID_AS_WRITTEN or int(top) + int(bottom) == _HUNDREDS:
        return f"{first} {second}"
    if top == bottom:
        return f"{first} out of {second}"
    if int(bottom) not in _SIMPLE or not int(top) or int(top) > 2 * int(bottom):
        return f"{first} over {second}"
    name = _NAMES.get(int(bottom)) or ordinal(bottom, row)
    many = "halves" if name == "half" else f"{name}s"
    return f"{first} {name if top == '1' else many}"


def speak_ordinals(text: str, row: Language) -> str:
    return sub(r"\b(\d+)(?:st|nd|rd|th)(?=s?\b)", lambda m: ordinal(m.group(1), row), text)
