"""Thousands separated by points, spaces or slashes, as in 1.000.000."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.persian.borders import AFTER, SCALE
from xtts_jax.text.normalize.persian.measures import CURRENCY_NAMES, MEASURE
from xtts_jax.text.patterns import sub

_START, _END = r"(?<![\w.,/:+])(?<!\w-)(?<!\d )[1-9]\d{0,2}", r"(?![\w/-]|[.,:]\d| \d)"
_POINTS = r"(?<![\w.,/:+])[1-9]\d{0,2}(?:\.\d{3}){2,}(?!\d|[.,:/]\d)"
_SLASHES = rf"{_START}(?:/\d{{3}})+/000{_END}"
_SPACES = rf"{_START}(?: \d{{3}})+ (?:000{_END}|\d{{3}}(?=\s?{MEASURE}{AFTER}))"
_THINGS = (
    "نفر|تن از|عدد|دانه|بسته|کیسه|کلمه|صفحه|نسخه|جلد|دستگاه|واحد|خانوار|مورد|قطعه|رأس|اصله|نقطه|فقره|شغل|"
    "خانه|کارگر|کارمند|دانشجو|دانش‌آموز|زائر|مسافر|تماشاگر|بلیت|سهم"
)
_ONE_GROUP = re.compile(
    rf"{_START}(?:/\d{{3}}(?=\s?(?:{CURRENCY_NAMES}|{_THINGS}){AFTER})|\.\d{{3}}(?=\s?(?:تومان|ریال|{_THINGS}){AFTER})"
    rf"|[/.]000(?!\s?(?:{SCALE}|درصد|%)|[\w/-]|[.,:]\d)| \d{{3}}(?=\s?(?:{CURRENCY_NAMES}|{_THINGS}){AFTER})"
    rf"| 000(?=\s?{MEASURE}{AFTER}))"
)
_HIGHEST_BYTE = 255


def join_groups(text: str, row: Language) -> str:
    """Joins two and more groups of three digits; by spaces and slashes only if they end like an amount.

    One group is joined before money, people and things, and if it is 000; before measures, a point is a
    decimal's. Four numbers that fit into bytes are a network address.
    """
    text = sub(_POINTS, lambda m: m[0] if _is_network_address(m[0]) else m[0].replace(".", ""), text)
    text = sub(f"{_SLASHES}|{_SPACES}", lambda m: sub("[ /]", "", m[0]), text)
    return _ONE_GROUP.sub(lambda m: sub("[ /.]", "", m[0]), text)


def _is_network_address(number: str) -> bool:
    parts = number.split(".")
    return len(parts) == 4 and all(part[0] != "0" and int(part) <= _HIGHEST_BYTE for part in parts)
