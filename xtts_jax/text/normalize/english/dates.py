"""Dates in figures and with names of months.

12/05/2024 follows the variety of English: month first for `en`, day first for `en-gb`, and the other order
where only that is a date. Dates with points are always day first, as no American writes them.
"""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import ordinal, year
from xtts_jax.text.patterns import sub

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH = "|".join(rf"{name}|{name[:3]}\b\.?" for name in MONTHS) + r"|Sept\b\.?"
_DAY = "|".join((*_DAYS, "Mon", "Tues?", "Wed", "Thu(?:rs?)?", "Fri", "Sat", "Sun"))
_TO = r"\s?(?:[-–]|\bto\b)\s?"
_YEAR = r"(?:1[1-9]|20)\d\d"
# 01/02, 12/25 and 31/12, as against 1/2 and 5/16.
_NO_FRACTION = r"0|\d\d?/0|1?\d/(?:1[3-57-9]|2[1-9]|3[01])|(?:1[3-9]|2\d|3[01])/1[12]"
_MONTHS_OF_A_YEAR, _DAYS_OF_A_MONTH = 12, 31
_TURN_OF_CENTURY = 50  # '49 is 2049, '50 is 1950


def speak_dates(text: str, row: Language) -> str:
    text = sub(rf"(?<![\w-])(\d\d?)([-/])({_MONTH})\2(\d{{4}}|\d\d)(?![\w-])", _hyphenated, text)
    text = sub(rf"(?<![\w-])(\d\d?)-({_MONTH})(?![\w-])", r"\1 \2", text)
    monthly = rf"(?<![\w-])({_MONTH})-(\d\d?)-(\d{{4}}|\d\d)(?![\w-])"
    text = sub(monthly, lambda m: f"{m[1]} {m[2]}, {_full_year(m[3])}", text)
    text = _in_figures(text, row)
    text = _with_names(text, row)
    text = _ranges_of_names(text)
    return sub(rf"\b({_MONTH})(?=\s+{_YEAR}\b)", lambda m: full_month(m[1]), text)


def _hyphenated(match: re.Match[str]) -> str:
    """1-Jan-2020."""
    return f"{match[1]} {match[3]} {_full_year(match[4])}"


def _in_figures(text: str, row: Language) -> str:
    def either(match: re.Match[str]) -> str:
        first, mark, second, year_ = (group for group in match.groups() if group)
        day_first = row.code == "en-gb" or mark == "." or int(first) > _MONTHS_OF_A_YEAR
        swapped = day_first and int(second) <= _MONTHS_OF_A_YEAR
        month, day = (second, first) if swapped else (first, second)
        return _spoken(month, day, year_, match.group(), row)

    def short(match: re.Match[str]) -> str:
        day_first = row.code == "en-gb" or int(match[1]) > _MONTHS_OF_A_YEAR
        month, day = reversed(match.groups()) if day_first else match.groups()
        return _spoken(month, day, "", match.group(), row)

    alone, end = r"(?<![\w./-])", r"(?![\w/-]|\.\d)"
    text = sub(
        rf"{alone}(\d{{4}})([-/.])(\d\d?)\2(\d\d?)(?:{end}|T(?=\d\d:))",
        lambda m: _spoken(m[3], m[4], m[1], m[0], row) + " " * m[0].endswith("T"),
        text,
    )
    text = sub(rf"{alone}(\d\d?)([-/.])(\d\d?)\2(\d{{4}}){end}", either, text)
    text = sub(rf"{alone}(\d\d?)(/)(\d\d?)/(\d\d){end}|{alone}(\d\d)(\.)(\d\d)\.(\d\d){end}", either, text)
    return sub(rf"{alone}(?={_NO_FRACTION})(\d\d?)/(\d\d?){end}", short, text)


def _spoken(month: str, day: str, year_: str, otherwise: str, row: Language) -> str:
    if not (1 <= int(month) <= _MONTHS_OF_A_YEAR and 1 <= int(day) <= _DAYS_OF_A_MONTH):
        return otherwise
    date = f"{MONTHS[int(month) - 1]} {ordinal(str(int(day)), row)}"
    return f"{date}, {year(_full_year(year_), row)}" if year_ else date


def _full_year(year_: str) -> str:
    if len(year_) == 4:
        return year_
    return f"{'20' if int(year_) < _TURN_OF_CENTURY else '19'}{year_}"


def full_month(written: str) -> str:
    return next(name for name in MONTHS if name.startswith(written[:3]))


def _with_names(text: str, row: Language) -> str:
    day = r"(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
    year_ = r"(?:,?\s+(\d{4})\b(?!,\d))?"

    def nth(written: str) -> str:
        return ordinal(str(int(written)), row)

    def ending(written: str | None) -> str:
        return f", {year(written, row)}" if written else ""

    def month_day(match: re.Match[str]) -> str:
        month, first, last, written = match.groups()
        days = f"{nth(first)} to {nth(last)}" if last else nth(first)
        return f"{full_month(month)} {days}{ending(written)}"

    def day_month(match: re.Match[str]) -> str:
        first, last, month, written = match.groups()
        article = "" if re.search(r"\bthe\s+$", match.string[: match.start()], re.IGNORECASE) else "the "
        days = f"{nth(first)} to the {nth(last)}" if last else nth(first)
        return f"{article}{days} of {full_month(month)}{ending(written)}"

    number = r"(?![\d:/%]|[.,]\d)"
    text = sub(rf"(?<![\w.,/:-]){day}(?:{_TO}{day})?(?:\s+of)?\s+({_MONTH})(?![a-z]){year_}", day_month, text)
    return sub(rf"\b({_MONTH})\s+(?:the\s)?{day}\b{number}(?:{_TO}{day}\b{number})?{year_}", month_day, text)


def _ranges_of_names(text: str) -> str:
    text = sub(
        rf"\b({_MONTH})(?:\s?[-–]\s?|—)({_MONTH})(?!\w)",
        lambda m: f"{full_month(m[1])} to {full_month(m[2])}",
        text,
    )
    text = sub(
        rf"\b({_DAY})\.?(?:\s?[-–]\s?|—)({_DAY})\b(?!\.\w)",
        lambda m: f"{full_day(m[1])} to {full_day(m[2])}",
        text,
    )
    text = sub(rf"\b({_DAY})(?=,?\s+\d\d?(?::\d\d|\s?[ap]\.?m\b))", lambda m: full_day(m[1]), text)
    return sub(
        rf"\b({_DAY})\.?,\s+(?=(?:the |\d{{1,2}} )?(?:{_MONTH}|[a-z-]+ of [A-Z]))",
        lambda m: f"{full_day(m[1])}, ",
        text,
    )


def full_day(written: str) -> str:
    return next(name for name in _DAYS if name.startswith(written[:3]))
