"""Solar, lunar and Gregorian dates, in figures or with the name of the month."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.numbers import cardinal, ordinal
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE
from xtts_jax.text.patterns import sub

SOLAR = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
GREGORIAN = (
    "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
)  # fmt: skip

_LUNAR = (
    "محرم", "صفر", "ربیع‌الاول", "ربیع‌الثانی", "جمادی‌الاول", "جمادی‌الثانی", "رجب", "شعبان", "رمضان", "شوال",
    "ذی‌القعده", "ذی‌الحجه",
)  # fmt: skip

MONTHS = "|".join((*SOLAR, *GREGORIAN, "آگوست", "جولای", "می"))

# Without a year, these months are also other words (arrow, wine, fog, DVD, zero) unless `ماه` follows.
_NOT_ALONE = r"(?:تیر|می|مه)(?! ماه)|دی(?= وی )"
_LONE_MONTHS = "|".join((*SOLAR, *GREGORIAN, "آگوست", "جولای", "می", *(m for m in _LUNAR if m != "صفر")))
# Streets and the like, whose names have a cardinal number, and lists and ranges, which are left alone.
_NO_DAY_AFTER = re.compile(
    r"(?:خیابان|میدان|بلوار|پارک|شهرک|بیمارستان|مدرسه|کوچه|اتوبان|بزرگراه|پل|ایستگاه|متروی?)[ِهٔ]? $"
    r"|\d(?: (?:تا|و|یا|الی)|,|،) $"
)
_LUNAR_MARK = r"(?:هجری |هجری‌)?قمری|ق\."
FIRST_GREGORIAN_YEAR = 1600  # smaller ones are Hijri
_LONGEST_SPAN = 20  # years
_SHORT_YEAR_FROM = 32  # numbers that are too large for a day must be years


def expand_dates(text: str, row: Language) -> str:
    """Reads dates; a month's name takes an ezafe before a year, and a day takes one before the month."""
    text = _in_figures(text, row)
    text = sub(r"(?<![\w.,/:-])((?:1[2-4]|20)\d\d)[-–](0\d)(?![\w/-]|[.,:]\d)", _years, text)

    def named(match: re.Match[str]) -> str:
        day, month = match.groups()
        return f"{ordinal(str(int(day)), row)}ِ {with_ezafe(month)} " if day else f"{with_ezafe(month)} "

    day = rf"(?<![\d.,:/–-])(0?[1-9]|[12]\d|3[01])(?:{ZWNJ}?(?:م|ام|اُم))? "
    short = rf"[3-9]\d(?=\s*(?:$|[.,;:!?)\]»،؛؟](?!\d)|(?:{_LUNAR_MARK}|شمسی|خورشیدی){AFTER}))"
    year = r"(?=(?:1\d|20)\d\d(?!\d))"
    text = sub(rf"(?:{day})?{BEFORE}((?:{MONTHS})(?: ماه)?) {year}", named, text)
    text = sub(rf"{day}((?:{_LONE_MONTHS})(?: ماه)?) (?=(?:1\d\d\d(?!\d)|{short}))", named, text)
    return sub(
        rf"{day}(?!{_NOT_ALONE})(?=(?:{_LONE_MONTHS}){AFTER})",
        lambda m: m[0] if _NO_DAY_AFTER.search(text[: m.start()]) else f"{ordinal(str(int(m[1])), row)}ِ ",
        text,
    )


def _years(match: re.Match[str]) -> str:
    """The years of 1402-03 and 1399-00, each with its century; 2023-04 is a month."""
    first, last = int(match[1]), int(match[2])
    until = first - first % 100 + last + (100 if last <= first % 100 else 0)
    return f"{first}–{until}" if until - first <= _LONGEST_SPAN else match.group()


def _in_figures(text: str, row: Language) -> str:
    """Reads dates in digits, year first or last, separated by / - or dots.

    Years below 1600 are solar Hijri, or lunar if marked so; others are Gregorian. Years of two digits are
    recognized only between slashes and if they cannot be days: 22/11/57 and 57/11/22, both solar.
    """

    def spoken(match: re.Match[str], year: str, month: str, day: str, mark: str | None = None) -> str:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return match.group()
        hijri = _LUNAR if mark else SOLAR
        months = hijri if int(year) < FIRST_GREGORIAN_YEAR else GREGORIAN
        lunar = f" {'قمری' if mark in ('ق', 'ق.') else mark}" if mark else ""
        return (
            f"{ordinal(str(int(day)), row)}ِ {with_ezafe(months[int(month) - 1])} {cardinal(year, row)}{lunar}"
        )

    mark = rf"(?: ?({_LUNAR_MARK}|ق){AFTER})?"
    text = sub(
        rf"(?<![\d./-])(\d{{4}})([./-])(\d{{1,2}})\2(\d{{1,2}})(?![\d/-]){mark}",
        lambda m: spoken(m, m[1], m[3], m[4], m[5]),
        text,
    )
    text = sub(
        rf"(?<![\d./-])(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}})(?![\d/-]){mark}",
        lambda m: spoken(m, m[4], m[3], m[1], m[5]),
        text,
    )

    def short(match: re.Match[str]) -> str:
        first, month, last = match.groups()
        if int(last) >= _SHORT_YEAR_FROM:
            return spoken(match, last, month, first)
        return spoken(match, first, month, last) if int(first) >= _SHORT_YEAR_FROM else match.group()

    return sub(r"(?<![\d./-])(\d{1,2})/(\d{1,2})/(\d{1,2})(?![\d/-]|\.\d)", short, text)


def with_ezafe(word: str) -> str:
    return word + ("ٔ" if word.endswith(("یه", "عده", "حجه")) else "ِ")
