"""The rules for English: dates, times, money, units, telephone numbers, years, fractions."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english_abbreviations import expand_abbreviations
from xtts_jax.text.normalize.numbers import cardinal, number, ordinal, spell_digits, ungroup, year

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH = "|".join(rf"{name}|{name[:3]}\b\.?" for name in _MONTHS) + r"|Sept\b\.?"
_FIGURE = r"\d+(?:\.\d+)?"
_YEAR = r"(?:1[1-9]|20)\d\d"
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
}
_SCALES = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
    "tn": "trillion",
}
_UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"),
    "m/s": ("meter per second", "meters per second"), "mph": ("mile per hour", "miles per hour"),
    "km²": ("square kilometer", "square kilometers"), "m²": ("square meter", "square meters"),
    "km": ("kilometer", "kilometers"), "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"), "m": ("meter", "meters"),
    "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "kg": ("kilogram", "kilograms"), "mg": ("milligram", "milligrams"), "g": ("gram", "grams"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "ml": ("milliliter", "milliliters"), "l": ("liter", "liters"), "L": ("liter", "liters"),
    "ms": ("millisecond", "milliseconds"), "s": ("second", "seconds"), "sec": ("second", "seconds"),
    "min": ("minute", "minutes"), "h": ("hour", "hours"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"), "KB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"), "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"), "V": ("volt", "volts"), "dB": ("decibel", "decibels"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
}  # fmt: skip


_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))


def expand(text: str, row: Language) -> str:
    """Applies the rules that are specific to English; `expand_numbers` does the rest."""
    for rule in _RULES:
        text = rule(text, row)
    return text


def _phones(text: str, row: Language) -> str:
    """Reads +1 (555) 123-4567, 555-123-4567 and 555-1234 digit by digit, with commas between groups."""

    def spell(match: re.Match[str]) -> str:
        plus = "plus " if match.group().startswith("+") else ""
        return plus + ", ".join(spell_digits(group, row) for group in re.findall(r"\d+", match.group()))

    long = r"(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[-.\s])\d{3}[-.\s]\d{4}(?![\d-])"
    short = r"(?<![\d-])\d{3}-\d{4}(?![\d-])"
    text = re.sub(rf"(?<![\w.,])(?:{long}|{short})", spell, text)
    return re.sub(r"(?<![\w.])\+\d{1,3}(?:[\s-]\d{2,4}){2,5}(?!\d)", spell, text)


def _dates(text: str, row: Language) -> str:
    def spoken(year_: str, month: str, day: str, otherwise: str) -> str:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return otherwise
        return f"{_MONTHS[int(month) - 1]} {ordinal(str(int(day)), row)}, {year(year_, row)}"

    def slashed(match: re.Match[str]) -> str:
        first, second, year_ = match.groups()
        day_first = row.code == "en-gb" or int(first) > 12
        month, day = (second, first) if day_first and int(second) <= 12 else (first, second)
        return spoken(year_, month, day, match.group())

    text = re.sub(r"\b(\d{4})-(\d{2})-(\d{2})\b", lambda m: spoken(m[1], m[2], m[3], m[0]), text)
    text = re.sub(r"\b(\d{4})/(\d{1,2})/(\d{1,2})\b", lambda m: spoken(m[1], m[2], m[3], m[0]), text)
    text = re.sub(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", slashed, text)
    year_ = r"(?:,?\s+(\d{4})\b)?"
    month_day = rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b{year_}"
    day_month = rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({_MONTH})(?![a-z]){year_}"
    text = re.sub(month_day, lambda m: _month_day(m, row), text)
    return re.sub(day_month, lambda m: _day_month(m, row), text)


def _full_month(written: str) -> str:
    return next(name for name in _MONTHS if name.startswith(written[:3]))


def _month_day(match: re.Match[str], row: Language) -> str:
    month, day, year_ = match.groups()
    if not 1 <= int(day) <= 31:
        return match.group()
    return f"{_full_month(month)} {ordinal(str(int(day)), row)}" + (f", {year(year_, row)}" if year_ else "")


def _day_month(match: re.Match[str], row: Language) -> str:
    day, month, year_ = match.groups()
    if not 1 <= int(day) <= 31:
        return match.group()
    article = "" if re.search(r"\bthe\s+$", match.string[: match.start()], re.IGNORECASE) else "the "
    date = f"{article}{ordinal(str(int(day)), row)} of {_full_month(month)}"
    return date + (f", {year(year_, row)}" if year_ else "")


def _times(text: str, row: Language) -> str:
    def spoken(match: re.Match[str]) -> str:
        hour, minute, second, half = match.groups()
        if int(hour) > 24:
            return match.group()
        words = [cardinal(str(int(hour)), row)]
        if minute != "00" or second:
            words.append(("oh " if minute[0] == "0" else "") + cardinal(str(int(minute)), row))
        elif not half:
            words.append("o'clock")
        if second:
            words.append(f"and {cardinal(str(int(second)), row)} seconds")
        return " ".join(words) + (f" {half.upper()}" if half else "")

    half = r"\s?([AaPp][Mm])\b"
    clock = rf"(?<![\d:])(\d{{1,2}}):([0-5]\d)(?::([0-5]\d))?(?![\d:])(?:{half})?"
    text = re.sub(clock, spoken, text)
    return re.sub(
        rf"\b(\d{{1,2}}){half}", lambda m: f"{cardinal(m.group(1), row)} {m.group(2).upper()}", text
    )


def _money(text: str, row: Language) -> str:
    signs = "".join(_CURRENCIES)

    def spoken(match: re.Match[str]) -> str:
        sign, amount, scale = match.groups()
        one, many, small_one, small_many = _CURRENCIES[sign]
        if scale:
            return f"{number(amount, row)} {_SCALES.get(scale.lower(), scale)} {many}"
        whole, _, fraction = amount.partition(".")
        if len(fraction) not in (0, 2):
            return f"{number(amount, row)} {many}"
        coins = int(fraction or 0)
        parts = []
        if int(whole) or not coins:
            parts.append(f"{cardinal(whole, row)} {one if whole == '1' else many}")
        if coins:
            parts.append(f"{cardinal(str(coins), row)} {small_one if coins == 1 else small_many}")
        return " and ".join(parts)

    scale = r"(?:\s?(hundred|thousand|million|billion|trillion|k|K|m|M|mn|b|B|bn|tn)\b)?"
    text = re.sub(r"\b(?:US|AU?|CA?|NZ)\$", "$", text)
    text = re.sub(rf"({_FIGURE})\s?([€£])", r"\2\1", text)
    return re.sub(rf"([{signs}])\s?({_FIGURE}){scale}", spoken, text)


def _units(text: str, row: Language) -> str:
    def spoken(match: re.Match[str]) -> str:
        amount, unit = match.groups()
        return f"{number(amount, row)} {_UNITS[unit][amount != '1']}"

    text = re.sub(rf"(?<![\w.])({_FIGURE})[\s-]?({_UNIT})(?![\w'])", spoken, text)
    return re.sub(rf"(?<=\d)\s?[-–]\s?({_FIGURE})\s?%", r" to \1%", text)


def _ordinals(text: str, row: Language) -> str:
    return re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", lambda m: ordinal(m.group(1), row), text)


def _fractions(text: str, row: Language) -> str:
    def spoken(match: re.Match[str]) -> str:
        whole, top, bottom = match.groups()
        if not 2 <= int(bottom) <= 10 or int(top) >= int(bottom) or int(top) == 0:
            return f"{whole or ''}{cardinal(top, row)} over {cardinal(bottom, row)}"
        name = {2: "half", 4: "quarter"}.get(int(bottom)) or ordinal(bottom, row)
        many = "halves" if name == "half" else f"{name}s"
        amount = f"{cardinal(top, row)} {name if top == '1' else many}"
        return f"{cardinal(whole.strip(), row)} and {amount}" if whole else amount

    return re.sub(r"(?<![\d/.])(\d+\s)?(\d{1,3})/(\d{1,3})(?![\d/])", spoken, text)


def _years(text: str, row: Language) -> str:
    """Reads 1100 to 2099 without a separator as years; 1980s and '80s as decades."""

    def decade(match: re.Match[str]) -> str:
        spoken = year(match.group(1), row) if len(match.group(1)) == 4 else cardinal(match.group(1), row)
        return re.sub("y$", "ies", spoken) if spoken.endswith("y") else f"{spoken}s"

    text = re.sub(r"'?\b((?:1[1-9]|20)?\d0)'?s\b", decade, text)
    text = re.sub(rf"\b({_YEAR})[-–]({_YEAR})\b", r"\1 to \2", text)
    text = re.sub(r"(?<=\b[Ii]n )10\d\d\b", lambda m: year(m.group(), row), text)
    counted = rf"[\w%$€£]|[.:,/]\d|\s?[-–]\s?\d|\s?(?:{_UNIT}|%|[$€£])(?!\w)"
    return re.sub(rf"(?<![\w.$€£¥₹+/-])(?<!\d,)({_YEAR})(?!{counted})", lambda m: year(m.group(1), row), text)


def _signs(text: str, row: Language) -> str:
    text = re.sub(r"\b([A-Z])(\d+)\b", lambda m: f"{m.group(1)}-{cardinal(m.group(2), row)}", text)
    text = re.sub(r"(?<=[A-Za-z])\.(?=[a-z]{2})", " dot ", text)
    text = re.sub(r"(?<=\d\.)(\d+)\.(?=\d)", r"\1 point ", text)
    return re.sub(r"(?:(?<=\s)|^)'n'(?=\s)", "and", text)


# Years come before thousands separators are removed: 1,999 is a count, 1999 a year.
_RULES = (
    expand_abbreviations, _phones, _dates, _times, _years, ungroup,
    _money, _units, _ordinals, _fractions, _signs,
)  # fmt: skip
