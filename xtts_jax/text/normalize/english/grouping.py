"""Figures without their thousands separators: Western, Indian, with spaces, and European."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.patterns import sub

FIGURE = r"\d+(?:\.\d+)?"
# A number as people write it in any country: 1,234.50  1.234,50  1,00,000  1 000 000
WRITTEN = r"\d+(?:[.,]\d+|(?:(?<=\d) )\d{3}(?!\d))*"

_GROUPED = (
    r"[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d+)?"  # 1,234.5 and 1,00,000
    r"|[1-9]\d{0,2}(?:\.\d{3})+,\d{1,2}|[1-9]\d{0,2}(?:\.\d{3}){2,}"  # 1.234,50 and 1.234.567
    r"|[1-9]\d{0,2}(?: \d{3}){2,}|[1-9]\d{0,2} 000|(?<![A-Za-z])[1-9]\d \d{3}"  # 1 234 567, 10 000, 12 345
)
_NOT_AFTER = r"(?<![\d.,:/-])(?<!\d )"
_NOT_BEFORE = r"(?![.,:]?\d| \d)"


def ungroup(text: str, _row: Language) -> str:
    return sub(
        rf"{_NOT_AFTER}(?:{_GROUPED}){_NOT_BEFORE}|(?<=\d[-–])(?:{_GROUPED}){_NOT_BEFORE}", _plain_match, text
    )


def _plain_match(match: re.Match[str]) -> str:
    return plain(match.group())


def plain(written: str, *, three_decimals: bool = True) -> str:
    """The figure with a point and no separators.

    Of two marks the last is the decimal one. A single comma groups if three digits follow, and so does a
    single point unless there may be `three_decimals`.
    """
    written = written.replace(" ", "")
    mark = max(",.", key=written.rfind)
    whole, _, fraction = written.rpartition(mark)
    both = "," in written and "." in written
    grouped = len(fraction) == 3 and not both and (mark == "," or not three_decimals)
    if not whole or grouped or written.count(mark) > 1:
        return sub("[.,]", "", written)
    return f"{sub('[.,]', '', whole)}.{fraction}"
