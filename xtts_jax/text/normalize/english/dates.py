"""Dates in figures and with names of months, and years.

12/05/2024 follows the variety of English: month first for `en`, day first for `en-gb`, and the other order
where only that is a date. Dates with points are always day first, as no American writes them.
"""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.money import SIGNS
from xtts_jax.text.normalize.english.units import UNIT
from xtts_jax.text.normalize.numbers import cardinal, ordinal, year

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH = "|".join(rf"{name}|{name[:3]}\b\.?" for name in MONTHS) + r"|Sept\b\.?"
_DAY = "|".join((*_DAYS, "Mon", "Tues?", "Wed", "Thu(?:rs?)?", "Fri", "Sat", "Sun"))
_TO = r"\s?(?:[-–]|\bto\b)\s?"
_YEAR = r"(?:1[1-9]|20)\d\d"
_TURN_OF_CENTURY = 50  # '49 is 2049, '50 is 1950
# What stands before a year though a plural follows: in 2024 people stayed at home.
_YEAR_FOLLOWS = r"\b(?:[Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Tt]he|[Dd]uring|[Oo]f|[Ff]rom|[Aa]fter|[Bb]efore|[Tt]his)\s+$"
_COUNT_FOLLOWS = r"\b(?:[Mm]ore than|[Ll]ess than|[Oo]ver|[Nn]early|[Aa]lmost|[Aa]t least|[Aa]t most|[Oo]nly|[Ee]xactly|[Uu]p to)\s+$"
_OF_A_DECADE = "music|rock|pop|disco|style|fashion|movies?|films?|hits?|era|songs?|bands?|sitcoms?|shows?|nostalgia|party"
_PLURAL = (
    r"\s+(?!is\b|was\b|has\b|as\b|this\b|its\b|his\b|does\b|yes\b|us\b|thus\b|plus\b|across\b|versus\b|times\b|\w*ss\b)"
    r"(?:people|men|women|children|feet|sheep|fish|mice|teeth|[a-z]{2,}s)\b"
)


def speak_dates(text: str, row: Language) -> str:
    text = _in_figures(text, row)
    text = _with_names(text, row)
    text = _ranges_of_names(text)
    return re.sub(rf"\b({_MONTH})(?=\s+{_YEAR}\b)", lambda m: full_month(m[1]), text)


def _in_figures(text: str, row: Language) -> str:
    def spoken(year_: str, month: str, day: str, otherwise: str) -> str:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return otherwise
        return f"{MONTHS[int(month) - 1]} {ordinal(str(int(day)), row)}, {year(_full_year(year_), row)}"

    def either(match: re.Match[str]) -> str:
        first, mark, second, year_ = match.groups()
        day_first = row.code == "en-gb" or mark == "." or int(first) > 12
        month, day = (second, first) if day_first and int(second) <= 12 else (first, second)
        return spoken(year_, month, day, match.group())

    def short(match: re.Match[str]) -> str:
        month, day = reversed(match.groups()) if row.code == "en-gb" else match.groups()
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return match.group()
        return f"{MONTHS[int(month) - 1]} {ordinal(str(int(day)), row)}"

    alone = r"(?<![\w./-])"
    end = r"(?![\w/-]|\.\d)"
    iso = rf"{alone}(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?:{end}|T(?=\d\d:))"
    text = re.sub(iso, lambda m: spoken(m[1], m[3], m[4], m[0]) + " " * m[0].endswith("T"), text)
    text = re.sub(rf"{alone}(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){end}", either, text)
    text = re.sub(rf"{alone}(\d\d?)(/)(\d\d?)/(\d\d){end}", either, text)
    text = re.sub(rf"{alone}(?=0|\d/0|\d\d/0|1?\d/(?:1[3-579]|1[78]|2[1-9]|3[01]))(\d\d?)/(\d\d?){end}", short, text)
    return re.sub(rf"{alone}(\d\d)(\.)(\d\d)\.(\d\d){end}", either, text)


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
    text = re.sub(
        rf"(?<![\w.,/:-]){day}(?:{_TO}{day})?(?:\s+of)?\s+({_MONTH})(?![a-z]){year_}", day_month, text
    )
    return re.sub(rf"\b({_MONTH})\s+(?:the\s)?{day}\b{number}(?:{_TO}{day}\b{number})?{year_}", month_day, text)


def _ranges_of_names(text: str) -> str:
    text = re.sub(
        rf"\b({_MONTH})(?:\s?[-–]\s?|—)({_MONTH})(?!\w)", lambda m: f"{full_month(m[1])} to {full_month(m[2])}", text
    )
    text = re.sub(
        rf"\b({_DAY})\.?(?:\s?[-–]\s?|—)({_DAY})\b(?!\.\w)", lambda m: f"{_full_day(m[1])} to {_full_day(m[2])}", text
    )
    return re.sub(
        rf"\b({_DAY})\.?,\s+(?=(?:the |\d{{1,2}} )?(?:{_MONTH}|[a-z-]+ of [A-Z]))",
        lambda m: f"{_full_day(m[1])}, ",
        text,
    )


def _full_day(written: str) -> str:
    return next(name for name in _DAYS if name.startswith(written[:3]))


def speak_years(text: str, row: Language) -> str:
    """Reads 1100 to 2099 without a separator as years unless something is counted; 1980s and '80s as decades."""
    text = _decades(text, row)
    text = re.sub(rf"(?<![\w.,/-])({_YEAR})\s?[-–/]\s?(\d\d)(?![\w-]|[.,]\d)", lambda m: _year_range(m, row), text)
    text = re.sub(rf"(?<![\w-])({_YEAR})\s?[-–]\s?({_YEAR})\b(?![.,]\d|-)", r"\1 to \2", text)
    text = re.sub(r"(?<=\b[Ii]n )10\d\d\b(?![.,]\d)", lambda m: year(m.group(), row), text)
    text = re.sub(r"\b(\d{1,4}) (AD|BC|BCE|CE)\b", lambda m: f"{_era_year(m[1], row)} {m[2]}", text)
    text = re.sub(r"\bAD (\d{1,4})\b", lambda m: f"AD {_era_year(m[1], row)}", text)
    counted = rf"[\w%$€£¢°\"'^=×+*]|[.:,/]\d|\s?[-–]\s?\d|\s?(?:{UNIT}|%|{SIGNS})(?!\w)|\s[=+×*<>]"

    def spoken(match: re.Match[str]) -> str:
        before, after = text[: match.start()], text[match.end() :]
        if re.search(_COUNT_FOLLOWS, before):
            return match.group()
        if re.match(_PLURAL, after) and not re.search(_YEAR_FOLLOWS, before):
            return match.group()
        return year(match[1], row)

    alone = rf"(?<![\w.$€£¥₹#^+/=×*<>-])(?<![=+×*<>-]\s)(?<!\d,)(?<!\d\s)"
    return re.sub(rf"{alone}({_YEAR})(?!{counted})", spoken, text)


def _decades(text: str, row: Language) -> str:
    """30s is a decade after words such as "the" and "his", and else thirty seconds."""

    def decade(written: str) -> str:
        spoken = year(written, row) if len(written) == 4 else cardinal(written, row)
        return re.sub("y$", "ies", spoken) if spoken.endswith("y") else f"{spoken}s"

    text = re.sub(r"(?<=0s)\s?[-–—]\s?(?='?\d{1,3}0s\b)", " to ", text)
    text = re.sub(r"(?<![\w.,])'?((?:1[1-9]|20)\d0)'?s\b", lambda m: decade(m[1]), text)
    text = re.sub(r"(?<![\w.,])'([1-9]0)'?s\b", lambda m: decade(m[1]), text)
    owner = r"[Tt]he|[Hh]is|[Hh]er|[Mm]y|[Tt]heir|[Oo]ur|[Yy]our|[Ee]arly|[Mm]id|[Ll]ate"
    text = re.sub(rf"\b((?:{owner})[\s-])([1-9]0)'?s\b", lambda m: m[1] + decade(m[2]), text)
    text = re.sub(rf"\b([1-9]0)s(?=[ -](?:{_OF_A_DECADE})\b)", lambda m: decade(m[1]), text)
    return re.sub(r"(?<=ies)( and | or | to |, |-)([1-9]0)'?s\b", lambda m: m[1] + decade(m[2]), text)


def _year_range(match: re.Match[str], row: Language) -> str:
    """1985-90 is a range of years, 2020-05 a month."""
    first, last = match.groups()
    if int(last) > int(first[2:]):
        return f"{year(first, row)} to {cardinal(str(int(last)), row)}"
    if 1 <= int(last) <= 12:
        return f"{MONTHS[int(last) - 1]} {year(first, row)}"
    return match.group()


def _era_year(digits: str, row: Language) -> str:
    return year(digits, row) if len(digits) == 4 else cardinal(digits, row)
