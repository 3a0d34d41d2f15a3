"""Times of the day: 10:30, 10.30 pm, 9am-5pm, 00:00."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal
from xtts_jax.text.patterns import sub

_HALF = r"\s?([AaPp])\.?\s?[Mm]\b\.?(?!\w)"
_CLOCK = (
    r"(?<![\d:.])(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?(?![\d:])"
    rf"(?:{_HALF})?(\s?hours|\s?hrs|\s?h\b)?"
)
# 0600 hours, and 1700 hrs where no hours are counted.
_MILITARY = (
    r"(?<![\w.,:-])(?:(0\d)|(?:(?<=\bat )|(?<=\bby )|(?<=\bfrom )|(?<=\buntil )|(?<=\bsince )|(?<=\bafter )"
    r"|(?<=\bbefore )|^|(?<=[.!?] ))(1\d|2[0-3]))([0-5]\d)\s?(?:hours|hrs|h)\b(?!\.?\s+(?:of|per)\b)"
)
_MIDNIGHT = ("0", "24")


def speak_times(text: str, row: Language) -> str:
    text = sub(r"(\d:\d\d(?:\.\d+)?)Z\b", r"\1 UTC", text)
    text = sub(r"(?<![\w.,:-])([01]?\d|2[0-4])h([0-5]\d)(?!\w)", r"\1:\2", text)
    text = sub(_MILITARY, lambda m: _military(m, row), text)
    text = sub(rf"(?<![\d.])(\d{{1,2}})\.([0-5]\d)(?={_HALF})", r"\1:\2", text)
    time = r"\d{1,2}(?::[0-5]\d)?"
    text = sub(rf"(?<![\d.,:-])({time}(?:{_HALF})?)\s?[-–]\s?(?={time}{_HALF})", r"\1 to ", text)
    text = sub(r"(?<![\d:])(\d{1,2}:[0-5]\d)\s?[-–]\s?(?=\d{1,2}:[0-5]\d)", r"\1 to ", text)
    text = sub(r"\b(ratio of |odds of )(\d+):(\d+)", r"\1\2 to \3", text)
    text = sub(r"\b(\d+):(\d+)(?= (?:ratio|odds|scale|split|mix)\b)", r"\1 to \2", text)
    text = sub(_CLOCK, lambda m: _spoken(m, row), text)
    return sub(rf"(?<![\d:.,])(\d{{1,2}}){_HALF}", lambda m: f"{m[1]} {m[2].upper()}M{_stop(m)}", text)


def _military(match: re.Match[str], row: Language) -> str:
    early, late, minute = match.groups()
    hour = f"oh {cardinal(early[1], row)}" if early else cardinal(late, row)
    if minute == "00":
        return f"{hour} hundred hours"
    return f"{hour} {'oh ' if minute[0] == '0' else ''}{cardinal(str(int(minute)), row)} hours"


def _stop(match: re.Match[str]) -> str:
    """The period of "p.m." where it ends a sentence too."""
    dotted = match.group().rstrip().endswith(".")
    return "." if dotted and re.match(r"\s+[A-Z](?![A-Z])|\s*$", match.string[match.end() :]) else ""


def _spoken(match: re.Match[str], row: Language) -> str:
    hour, minute, second, split, half, hours = match.groups()
    if int(hour) > 24:
        return match.group()
    words = [cardinal(str(int(hour)), row)]
    if minute == "00" and not second and not half:
        if str(int(hour)) in _MIDNIGHT:
            return "midnight"
        words.append("o'clock" if int(hour) <= 12 and not hours else "hundred hours")
    elif minute != "00" or second:
        words.append(("oh " if minute[0] == "0" else "") + cardinal(str(int(minute)), row))
    if second:
        tail = f" point {' '.join(cardinal(digit, row) for digit in split)}" if split else ""
        words.append(f"and {cardinal(str(int(second)), row)}{tail} seconds")
    return " ".join(words) + (f" {half.upper()}M{_stop(match)}" if half else "")
