"""Numbers that name something, read digit by digit: telephones, cards, accounts, postcodes, ISBNs."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.numbers import spell_digits
from xtts_jax.text.normalize.persian.borders import AFTER
from xtts_jax.text.normalize.persian.measures import CURRENCY_NAMES
from xtts_jax.text.patterns import sub

_START = r"(?<![\w.,:/+=×*^–-])"
_END = r"(?![\w/]|[–-]\w|[.,:]\d|\s?[=+×*÷^])"
_SUBSCRIBER = r"(?:\d{5,8}(?:-\d{1,4})*|\d{3,4}(?:[- ]\d{2,4})*)"
_NATIONAL = rf"{_START}(?:\(0\d{{2,3}}\)\s?|0\d{{2,3}}[- ]){_SUBSCRIBER}(?!\d)"
_ABROAD = r"(?<![\w.])\+\d{1,3}[- ]?(?:\(\d{1,4}\)[- ]?)?\d{2,4}(?:[- ]?\d{2,4}){1,5}(?!\d)"
_PLUS_AFTER = r"(?<![\d+])(98(?:\d{10})?)\+(?![- ]?\d{2}(?!\d)|\d(?!\d))"  # as right-to-left typists write it
_IBAN = rf"(?<![\w])(IR|آی‌آر) ?(\d{{2}})((?:[ -]?\d{{4}}){{5}}[ -]?\d{{2}}){_END}"
_CARD = rf"{_START}\d{{4}}(?:(?: ?[–-] ?| ?)\d{{4}}){{3}}{_END}"
_HYPHENATED = rf"{_START}\d+(?:[-–]\d+){{2,}}{_END}"
_PAIR = rf"{_START}(\d{{3,}})-(\d{{3,}}){_END}"
_EXTENDED = (
    rf"{_START}(?:\d{{1,3}}-\d{{7,8}}|\d{{7,8}}-\d{{1,2}}){_END}(?!\s?(?:{CURRENCY_NAMES}|نفر){AFTER})"
)
_LAST_YEAR, _ROUND = (
    2200,
    50,
)  # pairs in ascending order to the first, or of multiples of the second, are ranges
_NAMED = (
    f"(?:کد[ {ZWNJ}]?پستی|کد[ {ZWNJ}]ملی|(?:کد|شماره)[ٔهِ]?[ {ZWNJ}]?(?:رهگیری|پیگیری|تأیید|تایید|کارت|حساب|"
    "شبا|تلفن|تماس|موبایل|همراه|سریال)?|شناسهٔ?|تلفن|موبایل|همراه|فکس|نمابر|رمز|پیامک)"
)


def expand_codes(text: str, row: Language) -> str:
    """Reads the groups of a code digit by digit with pauses between; two hyphens and more make no range."""

    def spell(match: re.Match[str]) -> str:
        plus = "مثبت " if match.group().startswith("+") else ""
        return plus + _groups(re.findall(r"\d+", match.group()), row)

    def pair(match: re.Match[str]) -> str:
        named = re.search(rf"{_NAMED}[ :]*$", text[: match.start()])
        return spell(match) if named or not _is_range(*match.groups()) else match.group()

    text = sub(_PLUS_AFTER, r"+\1", text)
    text = sub(_IBAN, lambda m: f"آی آر, {_groups([m[2], *_fours(m[3])], row)}", text)
    text = sub(_CARD, lambda m: _groups(_fours(m.group()), row), text)
    for pattern in (_NATIONAL, _ABROAD, _HYPHENATED):
        text = sub(pattern, spell, text)
    text = sub(_EXTENDED, lambda m: m[0] if m[0].endswith("000") else spell(m), text)
    text = sub(_PAIR, pair, text)
    return _named_codes(text, row)


def _named_codes(text: str, row: Language) -> str:
    """Reads five digits and more after the word for what they name, as in کد پستی ۱۲۳۴۵۶۷۸۹۰."""

    def spell(match: re.Match[str]) -> str:
        halves = len(match[2]) // 2
        groups = [match[2][:halves], match[2][halves:]] if len(match[2]) in (8, 10) else [match[2]]
        return f"{match[1]}{_groups(groups if match[2][0] != '0' else [match[2]], row)}"

    return sub(rf"({_NAMED}[ :]+)(\d{{5,}})(?![\d.,/]|\s?(?:تومان|ریال|نفر|دلار|%){AFTER})", spell, text)


def _groups(groups: list[str], row: Language) -> str:
    return ", ".join(spell_digits(group, row) for group in groups)


def _fours(text: str) -> list[str]:
    return re.findall(r"\d{1,4}", sub(r"\D", "", text))


def _is_range(first: str, last: str) -> bool:
    """Whether a pair of long numbers with a hyphen goes from one to the other."""
    if "0" in (first[0], last[0]) or float(first) >= float(last):
        return False
    return float(last) <= _LAST_YEAR or float(first) % _ROUND == float(last) % _ROUND == 0
