"""Two numbers with a slash between them: a decimal, a fraction, or neither."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal, number, ordinal
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE, SCALE
from xtts_jax.text.normalize.persian.measures import MEASURE
from xtts_jax.text.patterns import sub

_KITCHEN = {("1", "2"), ("1", "3"), ("2", "3"), ("1", "4"), ("3", "4")}
_VESSEL = re.compile(r"\s?(?:لیوان|فنجان|پیمانه|قاشق|استکان|کاسه|بشقاب)")
_FRACTION_BEFORE = re.compile(r"(?:کسر[ِ]?|[+×÷=] ?) ?$")
_MIXED = re.compile(r"\d و $")
_MEASURED = rf"(?=\s?(?:(?:{MEASURE}|ستاره|ریشتر|نمره|امتیاز|برابر)(?:ی|ها|های)?{AFTER}|[°a-zA-Zμ]))"
_USUAL_BOTTOMS = {12, 16, 20, 24, 30, 32, 40, 50, 60, 64, 80, 90, 100}
_DECIMAL_NAMES = "وزن|قد|معدل|نمره|نمرهٔ|نرخ|تورم|میانگین|متوسط|شاخص|رشد|ضریب|دما|دمای|عدد|پی|π"
_DECIMAL = re.compile(rf"{BEFORE}(?:{_DECIMAL_NAMES})[ِ:=]? ?(?:\S+ )?$")
_VALUE = re.compile(rf"{BEFORE}(?:{_DECIMAL_NAMES}|حدود|قیمت|برابر|به|از|تا|با|رقم|است)[ِ:]? (?:\S+ )?$")
_NAMES = ("24/7", "7/24", "11/9", "9/11")
_ATTACKS = re.compile(r"(?:حادثه|حملات|حملهٔ?|رویداد|واقعه|فاجعه|عملیات|ماجرا|سالگرد|قربانیان)(?:ٔ|‌?ی|‌های|ِ)? $")


def expand_slashes(text: str, row: Language) -> str:
    """Reads 3/5 as three point five before percent, a scale or a measure, as is usual, else as a fraction.

    The common fractions of a kitchen stay fractions before a measure. 24/7, 50/50 and 50-50 are two numbers.
    """
    text = sub(r"(?<![\w/.,:-])(\d+)-\1(?![\w/-]|[.,:]\d)", r"\1 \1", text)
    text = sub(rf"(?<![\d/.])(\d+)/(\d+)(?=\s?(?:%|درصد|{SCALE}))", r"\1.\2", text)
    text = sub(r"(?<=\d) (?=[1-9]\d?/[1-9]\d?(?![\d/.]))", " و ", text)
    text = sub(r"(?<=\d) / (?=\d)", " تقسیم بر ", text)
    measured = rf"(?<![\d/.])(\d{{1,3}})/(\d{{1,3}})(?![\d/.]){_MEASURED}"
    text = sub(measured, lambda m: m[0] if m.groups() in _KITCHEN else f"{m[1]}.{m[2]}", text)
    return sub(r"(?<![\d/.])(\d{1,3})/(\d{1,3})(?![\d/.])", lambda m: _fraction(m, row), text)


def _fraction(match: re.Match[str], row: Language) -> str:
    top, bottom = match.groups()
    before = match.string[: match.start()]
    if match.group() in ("9/11", "11/9") and _ATTACKS.search(before):
        return "یازده سپتامبر"
    if match.group() == "1/2":
        return "یک دوم" if _MIXED.search(before) or not _VESSEL.match(match.string[match.end() :]) else "نصف"
    name = match.group() in _NAMES and not _VALUE.search(before)
    if name or top == bottom:
        return f"{cardinal(top, row)} {cardinal(bottom, row)}"
    if _is_fraction(int(top), int(bottom), before) and not _DECIMAL.search(before):
        return f"{cardinal(top, row)} {ordinal(bottom, row)}"
    return number(f"{top}.{bottom}", row)


def _is_fraction(top: int, bottom: int, before: str) -> bool:
    """Whether two numbers are likelier a fraction than a decimal: 3/14 is 3.14."""
    usual = bottom <= 10 or top == 1 or bottom in _USUAL_BOTTOMS or _FRACTION_BEFORE.search(before)
    return 0 < top < bottom <= 100 and bool(usual)
