"""Times of day."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE
from xtts_jax.text.patterns import sub

_PART_OF_DAY = "صبح|ظهر|بعدازظهر|بعد از ظهر|عصر|شب|بامداد|نیمه‌شب"
_NAMED = re.compile(
    rf"({BEFORE}(?:ساعت|ساعات|رأس)[ِ‌ی]{{0,2}}:? (?:حدود |حوالی |رأس )?)(\d{{1,2}})[./]([0-5]\d)(?![\d/]|\.\d)"
    r"(?:( ?(?:تا|الی|و|-|–) ?)(\d{1,2})[./]([0-5]\d)(?![\d/]|\.\d))?"
)
_UNTIL = re.compile(rf"({BEFORE}(?:ساعت|ساعات) \d{{1,2}} (?:تا|الی) )(\d{{1,2}})[./]([0-5]\d)(?![\d/]|\.\d)")
_OF_DAY = re.compile(rf"(?<![\d./:])(\d{{1,2}})[./]([0-5]\d)(?= (?:{_PART_OF_DAY}){AFTER})")


def _with_colon(text: str) -> str:
    """8:30 for the 8/30 and 8.30 of an hour."""

    def spoken(match: re.Match[str]) -> str:
        before, hour, minute, between, last, end = match.groups()
        until = f"{between}{last}:{end}" if between else ""
        return f"{before}{hour}:{minute}{until}" if int(hour) <= 24 else match.group()

    text = _UNTIL.sub(r"\1\2:\3", _NAMED.sub(spoken, text))
    return _OF_DAY.sub(lambda m: f"{m[1]}:{m[2]}" if int(m[1]) <= 24 else m[0], text)


def expand_times(text: str, row: Language) -> str:
    """Reads 10:30, 10:05:20 and, after the word for hour, 10/30 with the words of minutes and seconds."""

    def spoken(match: re.Match[str]) -> str:
        hour, minute, second = match.groups()
        if int(hour) > 24:
            return match.group()
        parts = [cardinal(str(int(hour)), row)]
        if int(minute):
            parts.append(f"{cardinal(str(int(minute)), row)} دقیقه")
        if second:
            parts.append(f"{cardinal(str(int(second)), row)} ثانیه")
        return " و ".join(parts) + " "

    text = _with_colon(text)
    text = sub(r"(?<=:\d\d)\s?[-–]\s?(?=\d{1,2}:\d)", f" {row.words['–']} ", text)
    return sub(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?![\d:])(?: دقیقه(?!\w))?", spoken, text)
