"""Amounts of money: the sign or code becomes a word after the amount."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.grouping import WRITTEN, plain
from xtts_jax.text.patterns import sub

_CENTS = ("cent", "cents")
_DOLLARS = {"": "", "US": "", "A": "Australian ", "AU": "Australian ", "C": "Canadian ", "CA": "Canadian ",
            "NZ": "New Zealand ", "HK": "Hong Kong ", "S": "Singapore "}  # fmt: skip
# sign: one, many, the coins of which a hundred make one
_CURRENCIES = {
    **{f"{of}$": (f"{name}dollar", f"{name}dollars", *_CENTS) for of, name in _DOLLARS.items()},
    "R$": ("real", "reais", "centavo", "centavos"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", *_CENTS),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "Rs": ("rupee", "rupees", "paisa", "paise"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₩": ("won", "won", "jeon", "jeon"),
    "₺": ("lira", "liras", "kurus", "kurus"),
    "₴": ("hryvnia", "hryvnias", "kopiyka", "kopiykas"),
    "₦": ("naira", "naira", "kobo", "kobo"),
    "₱": ("peso", "pesos", "centavo", "centavos"),
    "₫": ("dong", "dong", "xu", "xu"),
    "₪": ("shekel", "shekels", "agora", "agorot"),
    "฿": ("baht", "baht", "satang", "satang"),
    "₿": ("bitcoin", "bitcoins", "", ""),
    "﷼": ("rial", "rials", "", ""),
    "¢": ("cent", "cents", "", ""),
    "USD": ("US dollar", "US dollars", *_CENTS),
    "EUR": ("euro", "euros", *_CENTS),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "JPY": ("yen", "yen", "sen", "sen"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "INR": ("rupee", "rupees", "paisa", "paise"),
    "CAD": ("Canadian dollar", "Canadian dollars", *_CENTS),
    "AUD": ("Australian dollar", "Australian dollars", *_CENTS),
}
_SCALES = {
    "k": "thousand", "m": "million", "mn": "million", "mm": "million", "b": "billion", "bn": "billion",
    "t": "trillion", "tn": "trillion",
}  # fmt: skip
_NO_MILLS = {"€", "R$", "EUR"}  # where 1.000 is a thousand

SIGNS = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_SCALE = r"(?:\s?((?i:hundred|thousand|million|billion|trillion|lakh|crore)|k|K|m|M|mn|mm|b|B|bn|t|T|tn)\b)?"


def speak_money(text: str, _row: Language) -> str:
    sign = rf"({SIGNS})"
    text = sub(rf"(?<![A-Za-z$])({SIGNS})(\s?{WRITTEN})[pc¢](?![\w'])", r"\1\2", text)
    text = sub(rf"(?<![\w$])(-?)({SIGNS})\.?\s?(-?)(?={WRITTEN})", r"\1\3\2", text)
    text = sub(
        rf"(?<![A-Za-z$])({SIGNS})({WRITTEN}){_SCALE}\s?[-–]\s?(?:\1)?({WRITTEN}){_SCALE}", _range, text
    )
    text = sub(rf"(?<![A-Za-z$]){sign}({WRITTEN}){_SCALE}", lambda m: _amount(m[1], m[2], m[3]), text)
    text = sub(rf"(?<![\w.,])({WRITTEN}){_SCALE}\s?{sign}(?!\w)", lambda m: _amount(m[3], m[1], m[2]), text)
    return sub(r"[$£€¥₹₽₩₺₴₦₱₫₪฿₿﷼¢]", lambda m: f" {_CURRENCIES[m[0]][0]} ", text)


def _range(match: re.Match[str]) -> str:
    """$5-10 million and $5-$10 name the currency once; $3.50-$4 names it twice."""
    sign, low, low_scale, high, high_scale = match.groups()
    lowest = plain(low, three_decimals=sign not in _NO_MILLS)
    if "." in lowest and not (low_scale or high_scale):
        return f"{_amount(sign, low, low_scale)} to {_amount(sign, high, high_scale)}"
    first = f"{lowest} {_scale(low_scale)}" if low_scale else lowest
    return f"{first} to {_amount(sign, high, high_scale)}"


def _scale(written: str) -> str:
    return _SCALES.get(written.lower(), written.lower())


def _amount(sign: str, written: str, scale: str | None) -> str:
    one, many, small_one, small_many = _CURRENCIES[sign]
    amount = plain(written, three_decimals=sign not in _NO_MILLS)
    if scale:
        return f"{amount} {_scale(scale)} {many}"
    whole, _, fraction = amount.partition(".")
    if len(fraction) not in (0, 2) or not small_one:
        return f"{amount} {one if amount == '1' else many}"
    coins = int(fraction or 0)
    parts = []
    if int(whole) or not coins:
        parts.append(f"{whole} {one if whole == '1' else many}")
    if coins:
        parts.append(f"{coins} {small_one if coins == 1 else small_many}")
    return " and ".join(parts)
