"""Codes that are dialed, such as *780#, and numbers of papers and houses with a slash in them."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal, spell_digits
from xtts_jax.text.normalize.persian.borders import BEFORE
from xtts_jax.text.normalize.persian.measures import MEASURE
from xtts_jax.text.patterns import sub

_KEYS = {"*": "ستاره", "#": "مربع"}
_LONG = 5  # digits, which are dialed one by one
_DIALED = re.compile(r"(?<![\w*#])[*#]{1,2}\d(?:[\d*#]*\d)?#(?!\w)")
_FROM_THE_RIGHT = re.compile(r"(?<![\w*#])#(\d(?:[\d*]*\d)?)\*(?![\w*#])")
_FILED = (
    "(?:شماره|نامه|بخش‌?نامه|پرونده|کلاسه|ماده|تبصره|بند|پلاک|واحد|قطعه|سند|بلوک|ابلاغیه|دادنامه|رأی|رای|مصوبه|قرارداد|"
    "آیین‌?نامه|دستورالعمل)"
)
_WITH_SLASH = re.compile(
    rf"({BEFORE}{_FILED}[ِٔ]?:? )(\d+(?:/\d+)+)(?![\d/]|\.\d|\s?(?:%|درصد|میلیون|میلیارد|هزار|{MEASURE}))"
)


def expand_dialed(text: str, row: Language) -> str:
    """Reads *780# by its keys, also as right-to-left typists write it, and the slash of paper 123/456."""

    def number(match: re.Match[str]) -> str:
        digits = match.group()
        return spell_digits(digits, row) if len(digits) >= _LONG else cardinal(digits, row)

    def keys(match: re.Match[str]) -> str:
        parts = re.findall(r"\d+|[*#]", match.group())
        return " ".join(_KEYS.get(part) or sub(r"\d+", number, part) for part in parts)

    text = _DIALED.sub(keys, _FROM_THE_RIGHT.sub(r"*\1#", text))
    return _WITH_SLASH.sub(lambda m: m[1] + sub(r"\d+", number, m[2]).replace("/", " اسلش "), text)
