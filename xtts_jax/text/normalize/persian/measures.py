"""Money and units."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE, FIGURE, SCALE
from xtts_jax.text.patterns import sub

_UNITS = {
    "km": "کیلومتر", "cm": "سانتی‌متر", "mm": "میلی‌متر", "μm": "میکرومتر", "nm": "نانومتر", "m": "متر",
    "mi": "مایل", "ft": "فوت", "kg": "کیلوگرم", "mg": "میلی‌گرم", "μg": "میکروگرم", "g": "گرم", "lb": "پوند",
    "ml": "میلی‌لیتر", "mL": "میلی‌لیتر", "l": "لیتر", "L": "لیتر", "°C": "درجهٔ سانتی‌گراد",
    "°F": "درجهٔ فارنهایت", "°": "درجه", "KB": "کیلوبایت", "MB": "مگابایت", "GB": "گیگابایت", "TB": "ترابایت",
    "Kb": "کیلوبیت", "Mb": "مگابیت", "Gb": "گیگابیت", "Mbps": "مگابیت بر ثانیه", "Hz": "هرتز",
    "kHz": "کیلوهرتز", "MHz": "مگاهرتز", "GHz": "گیگاهرتز", "W": "وات",
    "kW": "کیلووات", "kWh": "کیلووات ساعت", "MW": "مگاوات",
    "V": "ولت", "A": "آمپر", "mA": "میلی‌آمپر", "mAh": "میلی‌آمپر ساعت", "Ω": "اهم", "N": "نیوتن", "J": "ژول",
    "kJ": "کیلوژول", "kcal": "کیلوکالری", "Pa": "پاسکال", "bar": "بار", "dB": "دسی‌بل", "ha": "هکتار",
    "m²": "متر مربع", "m³": "متر مکعب", "km²": "کیلومتر مربع", "cm²": "سانتی‌متر مربع", "cm³": "سانتی‌متر مکعب",
    "mm²": "میلی‌متر مربع", "s²": "مجذورِ ثانیه", "s": "ثانیه", "ms": "میلی‌ثانیه", "min": "دقیقه", "h": "ساعت",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_CURRENCIES = {
    "$": "دلار", "€": "یورو", "£": "پوند", "﷼": "ریال", "¥": "ین", "₺": "لیره", "₽": "روبل", "₹": "روپیه",
}  # fmt: skip
_SIGNS = "".join(_CURRENCIES)
_SCALES = {"K": "هزار", "M": "میلیون", "B": "میلیارد"}
_SHORT_SCALE = (
    rf"(?:(?<=[{_SIGNS}])|(?<=[{_SIGNS}] ))({FIGURE}(?:–{FIGURE})?)\s?(K|M|B|k|m|mn|bn)(?!\w)"
    rf"|(?<![\w.])({FIGURE})\s?(K|M|B)(?=\s?(?:[{_SIGNS}]|دلار|یورو|پوند|تومان|ریال))"
)
_TIMES = "ثانیه|دقیقه|ساعت|روز|شبانه‌روز|هفته|ماه|فصل|سال"
_COUNTED = f"نفر|عدد|دانه|بسته|کیسه|کلمه|صفحه|دور|ضربه|بار|{_TIMES}"
_PHYSICAL = (
    "(?:کیلو|سانتی|میلی|میکرو|نانو|دسی)?‌?(?:متر|گرم|لیتر|وات|ژول|ولت|آمپر|پاسکال|هرتز|کالری|مول|نیوتن)"
    "(?:[ ‌]?(?:مربع|مکعب))?|(?:کیلو|مگا|گیگا|ترا)(?:بایت|بیت)|(?:مگا|گیگا)‌?(?:هرتز|وات)|میلی‌ثانیه|کیلو|هکتار|"
    "تن|بشکه|گره|مایل|فوت|اینچ|درجه|بایت|بیت"
)
CURRENCY_NAMES = "تومان|ریال|دلار|یورو|پوند|ین|لیره|درهم|دینار|روپیه|روبل"
MEASURE = rf"(?:{_PHYSICAL}|{CURRENCY_NAMES}|{_COUNTED})"
_METERS = {"م": "متر", "سم": "سانتی‌متر"}
_RAISED = {"2": "²", "3": "³"}
_POWERS = {"2": "مربع", "²": "مربع", "3": "مکعب", "³": "مکعب"}


def expand_areas(text: str, row: Language) -> str:
    """Reads م² and, after a number, م2 as square meters, and raises the figure of m2."""
    text = sub(r"(\d ?|/ ?)([kcm]?m)([23])(?!\w)", lambda m: m[1] + m[2] + _RAISED[m[3]], text)
    for pattern in (
        rf"{BEFORE}(م|سم) ?([²³])",
        r"(?:(?<=[\d/])|(?<=[\d/] )|(?<=\b(?:هر|بر|در) ))(م|سم)([23])(?!\w)",
    ):
        text = sub(pattern, _power_of_meters, text)
    return text


def _power_of_meters(match: re.Match[str]) -> str:
    return f" {_METERS[match[1]]} {_POWERS[match[2]]}"


def expand_money(text: str, row: Language) -> str:
    """Reads the sign of a currency after the amount: $5 million, $5-10, -$5."""
    text = sub(rf"([{_SIGNS}])\s?({FIGURE})\s?[-–]\s?\1?\s?({FIGURE})(?!\d)", r"\1\2–\3", text)
    amount = rf"({FIGURE}(?:–{FIGURE})?)(?:\s?({SCALE}){AFTER})?"
    text = sub(_SHORT_SCALE, _in_full, text)
    text = sub(rf"([{_SIGNS}])\s?{amount}", _amount_first, text)
    return sub(rf"\s?([{_SIGNS}])\s?", lambda m: f" {_CURRENCIES[m[1]]} ", text)


def _in_full(match: re.Match[str]) -> str:
    figure, scale = (part for part in match.groups() if part)
    return f"{figure} {_SCALES[scale[0].upper()]}"


def _amount_first(match: re.Match[str]) -> str:
    sign, amount, scale = match.groups()
    return " ".join(word for word in (amount, scale, _CURRENCIES[sign]) if word)


def expand_units(text: str, row: Language) -> str:
    """Reads units, a slash between two of them as "per", and a dash between two quantities as "to"."""
    text = text.replace("℃", "°C").replace("℉", "°F").replace("µ", "μ")
    quantity = rf"(?<![\d.])({FIGURE})\s?(?:{_UNIT}|{MEASURE}|%)"
    text = sub(rf"({quantity})[-–—](?={FIGURE})", rf"\1 {row.words['–']} ", text)
    text = sub(rf"(?<![\w.])({FIGURE}\s?)({_UNIT})\s?/\s?({_UNIT})(?!\w)", _rate, text)
    text = sub(rf"(?<![\w.])({FIGURE})\s?({_UNIT})(?![\w/])", lambda m: f"{m[1]} {_UNITS[m[2]]}", text)
    text = sub("(?<=متر)[²³]", lambda m: " مربع" if m.group() == "²" else " مکعب", text)
    return _per(text)


def _per(text: str) -> str:
    """A slash after a unit is "per", or "in" between a price or a count and a time: 5 rounds/minute."""
    counted = rf"{BEFORE}(?:{CURRENCY_NAMES})|\d\s?(?:{_COUNTED})"
    text = sub(rf"({counted})\s?/\s?(?=(?:{_TIMES}){AFTER})", r"\1 در ", text)
    text = sub(rf"{BEFORE}({_PHYSICAL}|{CURRENCY_NAMES})\s?/\s?(?={MEASURE}{AFTER})", r"\1 بر ", text)
    text = sub(rf"({BEFORE}(?:{_PHYSICAL}))\s?/\s?(?=\d)", r"\1 در ", text)
    return sub(rf"(\d\s?(?:{_COUNTED}))\s?/\s?(?={MEASURE}{AFTER})", r"\1 بر ", text)


def _rate(match: re.Match[str]) -> str:
    amount, unit, per = match.groups()
    return f"{amount.strip()} {_UNITS[unit]} بر {_UNITS[per]}"
