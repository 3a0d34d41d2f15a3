"""Numbers in words, for all languages of the table, with num2words."""

import re
from functools import cache

from xtts_jax.text.languages import Language
from xtts_jax.text.patterns import sub

LONGEST_NUMBER = 12  # digits; longer ones, and those with a leading zero, are read digit by digit


@cache
def _spell(value: int, number_language: str, kind: str) -> str:
    from num2words import num2words  # not at module level: training from prepared shards does not need it

    words = num2words(value, lang=number_language, to=kind)
    words = sub(r"\s+", " ", words.replace(",", ""))
    return sub(r"(?<!\S)نه(?!\S)", "نُه", words)  # without its vowel, Persian nine is read as no


def cardinal(digits: str, row: Language) -> str:
    """The cardinal of a string of ASCII digits; "007" is not "7"."""
    if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0"):
        return spell_digits(digits, row)
    return _spell(int(digits), row.number_language, "cardinal")


def ordinal(digits: str, row: Language) -> str:
    if len(digits) > LONGEST_NUMBER:
        return spell_digits(digits, row)
    if row.code == "fa":
        return _persian_ordinal(int(digits))
    return _spell(int(digits), row.number_language, "ordinal")


def year(digits: str, row: Language) -> str:
    return _spell(int(digits), row.number_language, "year")


def spell_digits(digits: str, row: Language) -> str:
    return " ".join(_spell(int(digit), row.number_language, "cardinal") for digit in digits)


def decimal(whole: str, fraction: str, row: Language) -> str:
    """A decimal number with its fraction digit by digit; in Persian as a number after leading zeros."""
    if row.code == "fa" and len(fraction) <= 3 and fraction.strip("0"):
        zeros = len(fraction) - len(fraction.lstrip("0"))
        spoken = [spell_digits("0" * zeros, row), cardinal(fraction.lstrip("0"), row)]
        tail = " ".join(word for word in spoken if word)
    else:
        tail = spell_digits(fraction, row)
    return f"{cardinal(whole, row)} {row.words['.']} {tail}"


def number(text: str, row: Language) -> str:
    """A number in words; `text` is digits, or digits, the decimal mark and digits."""
    whole, _, fraction = text.partition(row.decimal_mark)
    return decimal(whole, fraction, row) if fraction else cardinal(whole, row)


def ungroup(text: str, row: Language) -> str:
    """Removes thousands separators: 1,234,567 if the decimal mark is a point, else 1.234.567 and 1 234."""
    mark = re.escape("," if row.decimal_mark == "." else ".")
    if row.decimal_mark == ",":
        text = sub(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)", lambda m: m.group().replace(" ", ""), text)
    group = rf"(?<![\d.,])\d{{1,3}}(?:{mark}\d{{3}})+(?!\d)"
    return sub(group, lambda m: sub(mark, "", m.group()), text)


def expand_numbers(text: str, row: Language) -> str:
    """Expands the signs and digits that the language's own rules have left; no digit remains."""
    text = ungroup(text, row)
    mark = re.escape(row.decimal_mark)
    figure = rf"\d+(?:{mark}\d+)?"
    text = sub(r"\d+(?:[.,]\d+){2,}", lambda m: sub("[.,]", " ", m.group()), text)
    text = sub(rf"([$€£])\s?({figure})", r"\2 \1", text)
    text = sub(rf"%\s?({figure})", r"\1 %", text)
    if row.code == "tr":
        text = sub(rf"({figure})\s?%", r"% \1", text)
    for suffix in sorted(row.ordinal_marks, key=len, reverse=True):
        text = sub(rf"(?<![\d.,])(\d+)\u200c?{re.escape(suffix)}(?!\w)", lambda m: _suffixed(m, row), text)
    text = sub(r"(?<=\d)\s?[-–]\s?(?=\d)", f" {row.words['–']} ", text)
    text = sub(r"(?<![\w\-])-\s?(?=\d)", f" {row.words['-']} ", text)
    text = sub(r"(?<=\d)[:/](?=\d)", " ", text)
    text = sub(figure, lambda m: f" {number(m.group(), row)} ", text)
    text = sub(r"[%$€£&+=@]", lambda m: f" {row.words[m.group()]} ", text)
    return text.replace("/", " ")


def _suffixed(match: re.Match[str], row: Language) -> str:
    spoken = ordinal(match.group(1), row)
    if match.group().endswith("ª"):
        return sub(r"o\b", "a", spoken)
    if match.group().endswith("ین"):
        return f"{spoken}ین"
    return spoken


def _persian_ordinal(value: int) -> str:
    """The ordinal of num2words, except for 30th, where it has "سیم" (wire)."""
    spoken = _spell(value, "fa", "ordinal")
    return sub(r"(?<!\S)سیم$", "سی‌ام", spoken)
