"""The words of `<say-as interpret-as="...">`."""

import re
from collections.abc import Mapping

from xtts_jax.text.languages import Language, get_language
from xtts_jax.text.normalize.common import clean
from xtts_jax.text.normalize.english import dates as english
from xtts_jax.text.normalize.english.addresses import MARKS as ADDRESS_MARKS
from xtts_jax.text.normalize.numbers import cardinal, number, ordinal, spell_digits, ungroup
from xtts_jax.text.normalize.persian import dates as persian
from xtts_jax.text.normalize.roman_value import roman_value
from xtts_jax.text.patterns import sub
from xtts_jax.text.spans import Way

_KINDS = {
    "characters": "characters", "spell-out": "characters", "verbatim": "characters",
    "cardinal": "cardinal", "number": "cardinal", "ordinal": "ordinal", "digits": "digits",
    "telephone": "telephone", "phone": "telephone", "date": "date", "time": "time",
}  # fmt: skip
_ENGLISH = ("en", "en-gb")
_READS_ISO_DATES = (*_ENGLISH, "fa")
_ENGLISH_SIGNS = ADDRESS_MARKS | {
    ",": "comma", ";": "semicolon", "!": "exclamation mark", "*": "asterisk", "'": "apostrophe",
    "$": "dollar sign",
    "(": "open parenthesis", ")": "close parenthesis", '"': "quotation mark", "|": "bar", "^": "caret",
}  # fmt: skip


def kind_of(values: Mapping[str, str]) -> str | None:
    """Which of the readings above the attributes of a tag ask for; None if none of them."""
    kind = _KINDS.get(values.get("interpret-as", "").lower())
    if kind == "cardinal":  # <say-as interpret-as="number" format="ordinal">
        return _KINDS.get(values.get("format", "").lower(), kind)
    return kind


def spoken(written: str, values: Mapping[str, str], language: str) -> tuple[str, Way] | None:
    """What is read for `written`, and how; None for what is read as any text."""
    row, text, form = get_language(language), clean(written).strip(), values.get("format", "").lower()
    match kind_of(values):
        case "characters":
            return " ".join("".join(written.split())), Way.LETTERS
        case "cardinal":
            said = _figure(text, row)
        case "ordinal":
            said = _ordinal(text, row)
        case "digits":
            said = _decimal(text, row) or _digits(text, row)
        case "telephone":
            said = _digits(text, row)
        case "date":
            said = _date(text, form, row)
        case "time":
            said = _time(text)
        case _:
            said = None
    return (said, Way.TEXT) if said else None


def sign_name(sign: str, language: str) -> str:
    """How a sign that stands for itself is said; others as they are."""
    row = get_language(language)
    if row.code in _ENGLISH:
        return _ENGLISH_SIGNS.get(sign, sign)
    return row.words["."] if sign == "." else sign


def _figure(text: str, row: Language) -> str | None:
    if value := _roman(text):
        return cardinal(str(value), row)
    figure = re.fullmatch(rf"(-?)\s*(\d+(?:{re.escape(row.decimal_mark)}\d+)?)", ungroup(text, row))
    if not figure:
        return None
    minus = f"{row.words['-']} " if figure[1] else ""
    return minus + number(figure[2], row)


def _roman(text: str) -> int:
    """The value of a Roman numeral in capitals, or 0."""
    return roman_value(text) if text.isupper() and text.isascii() else 0


def _ordinal(text: str, row: Language) -> str | None:
    digits = str(_roman(text) or sub(r"\D", "", ungroup(text, row)))
    minus = f"{row.words['-']} " if text.startswith("-") else ""
    return minus + ordinal(digits, row) if digits else None


def _decimal(text: str, row: Language) -> str | None:
    """A single number digit by digit, with its sign and its decimal mark."""
    figure = re.fullmatch(rf"([+-]?)(\d+)(?:{re.escape(row.decimal_mark)}(\d+))?", text)
    if not figure:
        return None
    sign, whole, fraction = figure.groups()
    said = [row.words[sign]] if sign else []
    said.append(spell_digits(whole, row))
    said += [row.words["."], spell_digits(fraction, row)] if fraction else []
    return " ".join(said)


def _digits(text: str, row: Language) -> str | None:
    """Digit by digit, with a comma between groups."""
    groups = re.findall(r"\d+|[^\W\d_]+", text)
    plus = f"{row.words['+']} " if text.startswith("+") else ""
    said = ", ".join(spell_digits(group, row) if group.isdigit() else group for group in groups)
    return plus + said if said else None


def _date(text: str, form: str, row: Language) -> str | None:
    """A date, or a part of one, whose figures are in a known order; the others are read as any text."""
    if re.search(r"[^\W\d_]", text):  # the name of a month
        return None
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    order = "".join(dict.fromkeys(sub("[^dmy]", "", form)))  # "mm/dd/yyyy" is "mdy"
    order = order or _usual_order(parts, text, row)
    if not parts or len(order) != len(parts):
        return None
    figures = dict(zip(order, map(int, parts), strict=True))
    if not (1 <= figures.get("m", 1) <= 12 and 1 <= figures.get("d", 1) <= 31):
        return None
    if row.code not in _READS_ISO_DATES:
        return " ".join(cardinal(str(figures[part]), row) for part in "dmy" if part in figures)
    if len(figures) == 3:
        return f"{figures['y']:04d}-{figures['m']:02d}-{figures['d']:02d}"
    return _part_of_date(figures, row)


def _usual_order(parts: list[str], text: str, row: Language) -> str:
    """The order of figures without a format, where one can be told: as the language writes them."""
    if parts and len(parts[0]) == 4:
        return "ymd"[: len(parts)]
    if len(parts) != 2:
        return ""
    if len(parts[1]) == 4:
        return "my"
    month_first = row.code in ("en", "fa") and "." not in text and int(parts[0]) <= 12
    return "md" if month_first or int(parts[1]) > 12 else "dm"


def _part_of_date(figures: Mapping[str, int], row: Language) -> str:
    """In English or Persian, without the day or the year."""
    day, month, year = (figures.get(part) for part in "dmy")
    if row.code != "fa":
        name = english.MONTHS[month - 1] if month else ""
        if not month:
            return str(year or "") or ordinal(str(day), row)
        return " ".join(str(part) for part in (name, day or year) if part)
    months = persian.GREGORIAN if year and year >= persian.FIRST_GREGORIAN_YEAR else persian.SOLAR
    said = [ordinal(str(day), row)] if day else []
    said += [months[month - 1]] if month else []
    said += [cardinal(str(year), row)] if year else []
    return " ".join([*map(persian.with_ezafe, said[:-1]), said[-1]])


def _time(text: str) -> str | None:
    """A time of day with colons."""
    time = re.fullmatch(r"(\d{1,2})\D?(\d{2})?(?:\D(\d{2}))?\s*([ap])?\.?(?:m\.?)?", text.lower())
    if not time:
        return None
    hour, minute, second, half = time.groups()
    return ":".join(filter(None, (hour, minute or "00", second))) + (f" {half}m" if half else "")
