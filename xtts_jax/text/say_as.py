"""The words of `<say-as interpret-as="...">`."""

import re
from collections.abc import Mapping

from xtts_jax.text.languages import Language, get_language
from xtts_jax.text.normalize.common import clean
from xtts_jax.text.normalize.numbers import cardinal, number, ordinal, spell_digits, ungroup
from xtts_jax.text.spans import Way

_KINDS = {
    "characters": "characters", "spell-out": "characters", "verbatim": "characters",
    "cardinal": "cardinal", "number": "cardinal", "ordinal": "ordinal", "digits": "digits",
    "telephone": "telephone", "phone": "telephone", "date": "date", "time": "time",
}  # fmt: skip
_READS_ISO_DATES = ("en", "en-gb", "fa")


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
            digits = re.sub(r"\D", "", ungroup(text, row))
            said = ordinal(digits, row) if digits else None
        case "digits" | "telephone":
            said = _digits(text, row)
        case "date":
            said = _date(text, form, row)
        case "time":
            said = _time(text)
        case _:
            said = None
    return (said, Way.TEXT) if said else None


def _figure(text: str, row: Language) -> str | None:
    figure = re.fullmatch(rf"(-?)\s*(\d+(?:{re.escape(row.decimal_mark)}\d+)?)", ungroup(text, row))
    if not figure:
        return None
    minus = f"{row.words['-']} " if figure[1] else ""
    return minus + number(figure[2], row)


def _digits(text: str, row: Language) -> str | None:
    """Digit by digit, with a comma between groups."""
    groups = re.findall(r"\d+|[^\W\d_]+", text)
    plus = f"{row.words['+']} " if text.startswith("+") else ""
    said = ", ".join(spell_digits(group, row) if group.isdigit() else group for group in groups)
    return plus + said if said else None


def _date(text: str, form: str, row: Language) -> str | None:
    """A date whose parts are in a known order; the others are read as any text."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    order = "".join(dict.fromkeys(re.sub("[^dmy]", "", form)))  # "mm/dd/yyyy" is "mdy"
    order = order or ("ymd" if parts and len(parts[0]) == 4 else "")
    if sorted(order) != ["d", "m", "y"] or len(parts) != 3:
        return None
    day, month, year = (int(part) for _, part in sorted(zip(order, parts, strict=True)))
    if row.code in _READS_ISO_DATES:
        return f"{year:04d}-{month:02d}-{day:02d}"
    return " ".join(cardinal(str(figure), row) for figure in (day, month, year))


def _time(text: str) -> str | None:
    """A time of day with colons."""
    time = re.fullmatch(r"(\d{1,2})\D?(\d{2})?(?:\D(\d{2}))?\s*([ap])?\.?(?:m\.?)?", text.lower())
    if not time:
        return None
    hour, minute, second, half = time.groups()
    return ":".join(filter(None, (hour, minute or "00", second))) + (f" {half}m" if half else "")
