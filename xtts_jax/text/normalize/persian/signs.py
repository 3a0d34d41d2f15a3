"""Minus, plus, arithmetic, powers and comparisons."""

import re
from itertools import pairwise

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE, FIGURE, LETTER, SCALE
from xtts_jax.text.normalize.persian.measures import MEASURE
from xtts_jax.text.patterns import sub

_OPERAND = rf"(?:\(?-?(?:{FIGURE}|(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z]))[⁰¹²³⁴-⁹]*\)?)"
_OPERATOR = r"\s?[-—+*×÷=^/<>≤≥≠±]\s?"
_CHAIN = re.compile(rf"(?<![\w.,/:-]){_OPERAND}(?:{_OPERATOR}{_OPERAND})+(?:\s?=)?(?![\w/-]|[.,:]\d)")
_MATHEMATICAL = re.compile(r"[=+*×÷^<>≤≥≠±]")
_OPERAND_AFTER = rf"\s?(?:[(√+-]|(?!{LETTER})\w)"
_ASKED = r"(?:=|می[ ‌]?شود|میشه|می‌شه|برابر (?:با|است)|مساوی|چند|چه قدر|چقدر)"
_VULGAR = "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS = {
    "≤": "کوچک‌تر یا مساوی", "≥": "بزرگ‌تر یا مساوی", "≠": "نامساوی با", "≈": "تقریباً مساوی", "÷": "تقسیم بر",
    "±": "مثبت منفی", "√": "جذرِ", "∞": "بی‌نهایت", "‰": "در هزار", "π": "پی", "§": "بندِ",
}  # fmt: skip

# What shows that a dash after a number is its minus and not that of a list: "1- introduction".
_CLAUSE_END = r"\s*(?:[.,;:!?…)\]»]|$)"
_NEXT_TO_NUMBER = (
    rf"\s?(?:{MEASURE}|{SCALE}|سانتی‌?گراد|سلسیوس|درصد|زیر|است|بود|شد|باشد|شود|رسید|رسیده|تا|الی|یا|و|به|"
    rf"بالای){AFTER}"
)
_MINUS_AFTER = rf"(?<![\w.,/:-])({FIGURE})-(?={_NEXT_TO_NUMBER}|\s?[°℃℉%$€£](?!\d)|{_CLAUSE_END})"
_VALUE_BEFORE = rf"({BEFORE}(?:به|از|تا|برابر|دمای|دما|عدد|زیر|روی|حداقل|حداکثر) )({FIGURE})-(?=\s)"
_VARIABLE_NEGATED = re.compile(
    r"(?<![\w)\]%°.,-])(?:(?<![a-zA-Z\d)\]] )-(?=[a-zπ](?![a-zA-Z]))|(?<![\w)\]] )-(?=[A-Z](?![a-zA-Z])))"
    r"|(?:(?<=[=*×^<>≤≥≠])|(?<=[=*×^<>≤≥≠] )|(?<=برابر )|(?<=برابر با )|(?<=مساوی )|(?<=عدد )|(?<=مقدار ))"
    rf"-(?={LETTER}{AFTER})"
    rf"|(?:^|(?<= ))-(?=(?!و){LETTER}\s?[=+*×^<>≤≥≠])"
)


def spell_true_signs(text: str) -> str:
    """Spells what `clean` confounds: ÷, − between numbers of which the first is larger, inches, and ½2."""
    text = sub(
        r"(\d+)\s?−\s?(?=(\d+))", lambda m: f"{m[1]} منهای " if float(m[1]) > float(m[2]) else m[0], text
    )
    text = sub(rf"([{_VULGAR}])(\d+)", r"\2\1", text)
    text = sub(r"(?<=\d)″", " اینچ ", text)
    text = _inches(text)
    return text.replace("÷", " تقسیم بر ")


def _inches(text: str) -> str:
    """A straight quote after a number is that of inches, unless it closes one."""
    first, *rest = text.split('"')
    spoken, opened = first, False
    for before, after in pairwise([first, *rest]):
        is_inch = not opened and before[-1:].isdecimal()
        opened = opened if is_inch else not opened
        spoken += (" اینچ " if is_inch else '"') + after
    return spoken


def expand_arithmetic(text: str, row: Language) -> str:
    """Reads a dash between numbers as minus where other signs, or the word "result", show arithmetic."""
    text = _CHAIN.sub(_chain, text)
    text = sub(rf"(?<![\d.])({FIGURE})\s?-\s?({FIGURE})(?=\s?{_ASKED})", _minus_unless_ascending, text)
    return sub(rf"({BEFORE}(?:حاصل|حاصلِ|تفریق) )({FIGURE})\s?-\s?(?={FIGURE})", r"\1\2 منهای ", text)


def _chain(match: re.Match[str]) -> str:
    chain = match.group()
    if not _MATHEMATICAL.search(chain):
        return chain
    chain = sub(r"(?<=[\w)⁰¹²³⁴-⁹])\s?[-—]\s?(?=[\w(])", " منهای ", chain)
    chain = sub(r"(\d+)\s?/\s?(\d+)", _quotient, chain)
    return sub(r"(?<=[\w)])\s?[*×]\s?(?=[\w(-])", " ضرب در ", chain) if "=" in chain else chain


def _quotient(match: re.Match[str]) -> str:
    top, bottom = match.groups()
    return match.group() if float(top) < float(bottom) else f"{top} تقسیم بر {bottom}"


def _minus_unless_ascending(match: re.Match[str]) -> str:
    first, last = match.groups()
    return f"{first} منهای {last}" if float(first) >= float(last) else match.group()


def expand_minus(text: str, row: Language) -> str:
    """Reads minus before a number, and after it, as right-to-left typists write it; 1- is a list's number."""
    text = sub(_MINUS_AFTER, r" منفی \1", text)
    text = sub(_VALUE_BEFORE, r"\1منفی \2", text)
    text = _list_numbers(text)
    text = _VARIABLE_NEGATED.sub(" منفی ", text)
    return sub(rf"(?<![\w)\]%°.-])(?<!\d )-\s?(?=[$€£¥﷼]?{FIGURE})", f" {row.words['-']} ", text)


def expand_signs(text: str, row: Language) -> str:
    """Reads plus, powers, products and comparisons."""
    text = _names_with_signs(_powers(text))
    text = sub(rf"(?<![\w.,/:+-])({FIGURE})\+(?!{_OPERAND_AFTER})", r"مثبت \1", text)
    text = sub(rf"(?<![\w.])({FIGURE})×(?!{_OPERAND_AFTER})", r"\1 برابر ", text)
    text = sub(r"(?<!\S)×\s?(?=\d)", " ضرب در ", text)
    text = sub(r"(?<![\da-zA-Z)])(?<!\d )\+(?=\d)", "مثبت ", text)
    text = sub(rf"(?<=\d)\s?[×xX*]\s?(?=\d+(?:\.\d+)?\s?{MEASURE}{AFTER})", " در ", text)
    text = sub(r"(?<=[\d)])\s?[×*]\s?(?=[\d(])|(?<=\d)[xX](?=\d)", " ضرب در ", text)
    text = sub(r"(?<!\d)(?<!\d )[~≈]\s?(?=\d)", "حدود ", text)
    text = sub(r"(?<=\w)\s?<\s?(?=-?\d)|(?<=\d)\s?<\s?(?=\w)", " کوچک‌تر از ", text)
    text = sub(r"(?<=\w)\s?>\s?(?=-?\d)|(?<=\d)\s?>\s?(?=\w)", " بزرگ‌تر از ", text)
    text = sub(r"#\s?(?=\d)", "شمارهٔ ", text)
    return sub(f"[{''.join(_SIGNS)}]", lambda m: f" {_SIGNS[m.group()]} ", text)


def _names_with_signs(text: str) -> str:
    """Reads C++, C# and the blood group A+."""
    text = sub(r"(?<![a-zA-Z])([A-Z])#(?!\w)", r"\1 شارپ", text)
    text = sub(rf"(?<=[a-zA-Z])\+\+(?!{_OPERAND_AFTER})", " پلاس پلاس", text)
    text = sub(rf"(?<![a-zA-Z])(A|B|AB|O)\+(?!{_OPERAND_AFTER})", r"\1 مثبت", text)
    return sub(rf"(?<=[a-zA-Z]{{2}})\+(?!{_OPERAND_AFTER})", " پلاس", text)


def _list_numbers(text: str) -> str:
    """The number of a list's item, 1- or 1), ends with a pause."""
    text = sub(rf"(?<![\w.,/:-])(\d{{1,2}})- (?={LETTER}{{2}})", r", \1, ", text)
    return sub(r"(?:^|(?<=[.?!:;,…] ))(\d{1,2})\) ", r"\1, ", text)


def _powers(text: str) -> str:
    """Reads 10^6 and 10⁶ as a power."""
    text = sub(r"(?<=[\w)])([⁻⁰¹²³⁴-⁹]+)", lambda m: f"^{m[1].translate(_SUPERSCRIPTS)} ", text)
    return sub(r"(?<=[\w)])\s?\^\s?[({]?(-?\w+)[)}]?", r" به توانِ \1 ", text)
