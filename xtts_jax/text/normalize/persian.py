"""The rules for Persian: letters, vowels, ZWNJ, abbreviations, addresses, dates, times, money, units.

Phrases that a rule generates include the ezafe (پانزدهمِ اردیبهشتِ), which would not be spoken otherwise.
What the user wrote keeps its spelling.
"""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import LETTERS, ZWNJ
from xtts_jax.text.normalize.numbers import cardinal, number, ordinal, spell_digits, ungroup

_LETTERS = str.maketrans({
    **dict.fromkeys("يىېےۍێ", "ی"), **dict.fromkeys("كڪګ", "ک"), **dict.fromkeys("ہھەۂ", "ه"),
    "ٱ": "ا", "إ": "ا", "ڤ": "و", "ۀ": "هٔ", "ګ": "گ", "ۇ": "و", "ۆ": "و", "\u0652": "",
    **dict.fromkeys(map(chr, (*range(0x610, 0x61B), *range(0x656, 0x660), *range(0x6D6, 0x6EE))), ""),
})  # fmt: skip

_SOLAR = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_GREGORIAN = (
    "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
)  # fmt: skip

_LUNAR = (
    "محرم", "صفر", "ربیع‌الاول", "ربیع‌الثانی", "جمادی‌الاول", "جمادی‌الثانی", "رجب", "شعبان", "رمضان", "شوال",
    "ذی‌القعده", "ذی‌الحجه",
)  # fmt: skip

_MONTHS = "|".join((*_SOLAR, *_GREGORIAN, "آگوست", "جولای", "می"))

# Without a year, these months are also other words (arrow, wine, fog, DVD, zero) unless `ماه` follows.
_NOT_ALONE = r"(?:تیر|می|مه)(?! ماه)|دی(?= وی )"
_LONE_MONTHS = "|".join((*_SOLAR, *_GREGORIAN, "آگوست", "جولای", "می", *(m for m in _LUNAR if m != "صفر")))
# Streets and the like, whose names have a cardinal number, and lists and ranges, which are left alone.
_NO_DAY_AFTER = re.compile(
    r"(?:خیابان|میدان|بلوار|پارک|شهرک|بیمارستان|مدرسه|کوچه|اتوبان|بزرگراه|پل|ایستگاه|متروی?)[ِهٔ]? $"
    r"|\d(?: (?:تا|و|یا|الی)|,|،) $"
)
_LUNAR_MARK = r"(?:هجری |هجری‌)?قمری|ق\."
_SHORT_YEAR_FROM = 32  # numbers that are too large for a day must be years

_FIGURE = r"\d+(?:\.\d+)?"
_BEFORE = rf"(?<![{LETTERS}{ZWNJ}])"
_AFTER = rf"(?![{LETTERS}{ZWNJ}])"
_HONORIFICS = {
    "ص": "صلی الله علیه و آله", "ع": "علیه السلام", "س": "سلام الله علیها", "ره": "رحمت الله علیه",
    "عج": "عجل الله تعالی فرجه", "رض": "رضی الله عنه",
}  # fmt: skip
_ABBREVIATIONS = {
    r"ه\s?\.\s?ش": "هجری شمسی", r"ه\s?\.\s?ق": "هجری قمری", r"ق\s?\.\s?م": "قبل از میلاد",
    r"ب\s?\.\s?م": "بعد از میلاد", r"ق\s?\.\s?ظ": "قبل از ظهر", r"ب\s?\.\s?ظ": "بعد از ظهر",
    r"ر\s?\.\s?ک": "رجوع کنید", r"ک\s?\.\s?م": "کیلومتر", "الخ": "الی آخر",
}  # fmt: skip
_BEFORE_NUMBER = {"صص": "صفحاتِ", "ص": "صفحهٔ", "ج": "جلدِ", "ش": "شمارهٔ", "ت": "تلفن"}
_AFTER_YEAR = {"م": "میلادی", "ش": "شمسی", "ق": "قمری"}
_UNITS = {
    "km/h": "کیلومتر بر ساعت", "km": "کیلومتر", "cm": "سانتی‌متر", "mm": "میلی‌متر", "m": "متر",
    "kg": "کیلوگرم", "mg": "میلی‌گرم", "g": "گرم", "ml": "میلی‌لیتر", "l": "لیتر", "L": "لیتر",
    "°C": "درجهٔ سانتی‌گراد", "°": "درجه", "GB": "گیگابایت", "MB": "مگابایت", "Hz": "هرتز", "W": "وات",
    "m²": "متر مربع", "m³": "متر مکعب", "km²": "کیلومتر مربع", "cm²": "سانتی‌متر مربع", "cm³": "سانتی‌متر مکعب",
    "kHz": "کیلوهرتز", "MHz": "مگاهرتز", "GHz": "گیگاهرتز", "kW": "کیلووات", "kWh": "کیلووات ساعت",
}  # fmt: skip
_SCALE = "هزار|میلیون|میلیارد|تریلیون"
_CURRENCIES = {"$": "دلار", "€": "یورو", "£": "پوند", "﷼": "ریال", "¥": "ین"}


def letters(text: str) -> str:
    """Text with Persian code points only; as espeak-ng expects, tanwin after alef and no space at ZWNJ."""
    text = re.sub(f" {ZWNJ}+ ?|{ZWNJ}+ |{ZWNJ}+$", " ", text.translate(_LETTERS))
    text = re.sub(f"ة{ZWNJ}?(?=ال)", f"ت{ZWNJ}", text).replace("ة", "ه")
    text = re.sub("(?<![\u0621-\u06cc\u200c])أ", "ا", text)
    text = re.sub("(?<!ه)\u0654", "", text)
    return text.replace("\u064bا", "ا\u064b")


def expand(text: str, row: Language) -> str:
    """Applies the rules that are specific to Persian; `expand_numbers` does the rest."""
    text = letters(text)
    for rule in _RULES:
        text = rule(text, row)
    return _join(text)


def _join(text: str) -> str:
    """Joins plural and superlative suffixes, verbal prefixes and perfect endings to their word by ZWNJ."""
    text = re.sub(rf"{_BEFORE}(ن?می) (?=[\u0621-\u06cc]{{2}})", rf"\1{ZWNJ}", text)
    text = re.sub(rf"(?<=[\u0621-\u06cc]ه) (?=(?:ام|ایم|اید|اند){_AFTER})", ZWNJ, text)
    suffix = "ها|های|هایی|هایم|هایت|هایش|هایمان|هایشان|ترین"
    return re.sub(rf"(?<=[\u0621-\u06cc]) (?=(?:{suffix}){_AFTER})", ZWNJ, text)


def _abbreviations(text: str, row: Language) -> str:
    text = re.sub(rf"\(({'|'.join(_HONORIFICS)})\)", lambda m: f"({_HONORIFICS[m.group(1)]})", text)
    for short, spoken in _ABBREVIATIONS.items():
        text = re.sub(rf"{_BEFORE}{short}\.(?=\s*[^\s.]|\s*\.)", spoken, text)
        text = re.sub(rf"{_BEFORE}{short}{_AFTER}", spoken, text)
    for short, spoken in _BEFORE_NUMBER.items():
        text = re.sub(rf"{_BEFORE}{short}\.?:? ?(?=\d)", f"{spoken} ", text)
    for short, spoken in _AFTER_YEAR.items():
        text = re.sub(rf"(?<!\d)(\d{{4}}|\d{{3}}(?= )) ?{short}(?:\.(?= \S))?{_AFTER}", rf"\1 {spoken}", text)
    return text


def _addresses(text: str, row: Language) -> str:
    """Reads web and mail addresses: example.com/news, info@example.com."""
    return re.sub(
        r"(?<![\w.@])(?:https?://)?([a-z][\w.@-]*\.[a-z]{2,}(?:/[\w./-]*\w)?)",
        lambda m: m.group(1).replace(".", " دات ").replace("/", " اسلش "),
        text,
        flags=re.ASCII | re.IGNORECASE,
    )


def _dates(text: str, row: Language) -> str:
    """Reads dates; a month's name takes an ezafe before a year, and a day takes one before the month."""
    text = _dates_in_figures(text, row)

    def named(match: re.Match[str]) -> str:
        day, month = match.groups()
        return f"{ordinal(str(int(day)), row)}ِ {_ezafe(month)} " if day else f"{_ezafe(month)} "

    day = rf"(?<![\d.,:/–-])(0?[1-9]|[12]\d|3[01])(?:{ZWNJ}?(?:م|ام|اُم))? "
    short = rf"[3-9]\d(?=\s*(?:$|[.,;:!?)\]»،؛؟](?!\d)|(?:{_LUNAR_MARK}|شمسی|خورشیدی){_AFTER}))"
    year = r"(?=(?:1\d|20)\d\d(?!\d))"
    text = re.sub(rf"(?:{day})?{_BEFORE}((?:{_MONTHS})(?: ماه)?) {year}", named, text)
    text = re.sub(rf"{day}((?:{_LONE_MONTHS})(?: ماه)?) (?=(?:1\d\d\d(?!\d)|{short}))", named, text)
    return re.sub(
        rf"{day}(?!{_NOT_ALONE})(?=(?:{_LONE_MONTHS}){_AFTER})",
        lambda m: m[0] if _NO_DAY_AFTER.search(text[: m.start()]) else f"{ordinal(str(int(m[1])), row)}ِ ",
        text,
    )


def _dates_in_figures(text: str, row: Language) -> str:
    """Reads dates in digits, year first or last, separated by / - or dots.

    Years below 1600 are solar Hijri, or lunar if marked so; others are Gregorian. Years of two digits are
    recognized only between slashes and if they cannot be days: 22/11/57 and 57/11/22, both solar.
    """

    def spoken(match: re.Match[str], year: str, month: str, day: str, mark: str | None = None) -> str:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return match.group()
        hijri = _LUNAR if mark else _SOLAR
        months = hijri if int(year) < 1600 else _GREGORIAN
        lunar = f" {'قمری' if mark in ('ق', 'ق.') else mark}" if mark else ""
        return f"{ordinal(str(int(day)), row)}ِ {_ezafe(months[int(month) - 1])} {cardinal(year, row)}{lunar}"

    mark = rf"(?: ?({_LUNAR_MARK}|ق){_AFTER})?"
    text = re.sub(
        rf"(?<![\d./-])(\d{{4}})([./-])(\d{{1,2}})\2(\d{{1,2}})(?![\d/-]){mark}",
        lambda m: spoken(m, m[1], m[3], m[4], m[5]),
        text,
    )
    text = re.sub(
        rf"(?<![\d./-])(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}})(?![\d/-]){mark}",
        lambda m: spoken(m, m[4], m[3], m[1], m[5]),
        text,
    )

    def short(match: re.Match[str]) -> str:
        first, month, last = match.groups()
        if int(last) >= _SHORT_YEAR_FROM:
            return spoken(match, last, month, first)
        return spoken(match, first, month, last) if int(first) >= _SHORT_YEAR_FROM else match.group()

    return re.sub(r"(?<![\d./-])(\d{1,2})/(\d{1,2})/(\d{1,2})(?![\d/-]|\.\d)", short, text)


def _ezafe(word: str) -> str:
    return word + ("ٔ" if word.endswith(("یه", "عده", "حجه")) else "ِ")


def _times(text: str, row: Language) -> str:
    def spoken(match: re.Match[str]) -> str:
        hour, minute, second = match.groups()
        if int(hour) > 24:
            return match.group()
        parts = [cardinal(str(int(hour)), row)]
        if int(minute):
            parts.append(f"{cardinal(str(int(minute)), row)} دقیقه")
        if second:
            parts.append(f"{cardinal(str(int(second)), row)} ثانیه")
        return " و ".join(parts) + " "

    text = re.sub(r"(?<=:\d\d)\s?[-–]\s?(?=\d{1,2}:\d)", f" {row.words['–']} ", text)
    return re.sub(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?![\d:])", spoken, text)


def _money(text: str, row: Language) -> str:
    signs = "".join(_CURRENCIES)
    text = re.sub(rf"([{signs}])\s?({_FIGURE})(?:\s?({_SCALE}){_AFTER})?", _amount_first, text)
    return re.sub(f"[{signs}]", lambda m: f" {_CURRENCIES[m.group()]} ", text)


def _amount_first(match: re.Match[str]) -> str:
    sign, amount, scale = match.groups()
    return " ".join(word for word in (amount, scale, _CURRENCIES[sign]) if word)


def _units(text: str, row: Language) -> str:
    units = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
    figure = rf"(?<![\w.])({_FIGURE})\s?({units})(?!\w)"
    return re.sub(figure, lambda m: f"{m.group(1)} {_UNITS[m.group(2)]}", text)


def _decimals(text: str, row: Language) -> str:
    """Reads 3/5 as three point five before percent or a scale word, as is usual, else as a fraction."""
    text = re.sub(rf"(?<![\d/.])(\d+)/(\d+)(?=\s?(?:%|درصد|{_SCALE}))", r"\1.\2", text)
    text = re.sub(r"(?<=\d) (?=[1-9]\d?/[1-9]\d?(?![\d/.]))", " و ", text)

    def fraction(match: re.Match[str]) -> str:
        top, bottom = match.groups()
        if bottom == "2" and top == "1":
            return "یک دوم"
        if 0 < int(top) < int(bottom) <= 100:
            return f"{cardinal(top, row)} {ordinal(bottom, row)}"
        return number(f"{top}.{bottom}", row)

    return re.sub(r"(?<![\d/.])(\d{1,3})/(\d{1,3})(?![\d/.])", fraction, text)


def _long_digits(text: str, row: Language) -> str:
    """Reads telephone numbers digit by digit: 021-88776655, 0912 345 6789 and +98 912 345 6789."""

    def spell(match: re.Match[str]) -> str:
        plus = "مثبت " if match.group().startswith("+") else ""
        return plus + ", ".join(spell_digits(group, row) for group in re.findall(r"\d+", match.group()))

    text = re.sub(r"(?<![\d.+])0\d{2,3}[- ]\d{3,8}(?:[- ]\d{2,4})*(?!\d)", spell, text)
    return re.sub(r"\+\d{1,3}(?:[- ]?\d{2,4}){2,5}(?!\d)", spell, text)


def _plurals(text: str, row: Language) -> str:
    """Joins the plural ها of a number to its word, as in دههٔ ۶۰ها, the 60s."""
    return re.sub(
        rf"(?<![\d.,/:])(\d+)[ {ZWNJ}]?(?=ها(?:ی|یی|یش|یشان)?{_AFTER})",
        lambda m: f"{cardinal(m[1], row)}{ZWNJ}",
        text,
    )


def _signs(text: str, row: Language) -> str:
    """Reads + as positive unless it follows a number, and × between two numbers as times."""
    text = re.sub(r"(?<!\d)(?<!\d )\+(?=\d)", "مثبت ", text)
    return re.sub(r"(?<=\d)\s?×\s?(?=\d)", " ضرب در ", text)


_RULES = (
    _abbreviations, _addresses, ungroup, _dates, _times, _money, _units, _decimals, _long_digits, _signs,
    _plurals,
)  # fmt: skip
