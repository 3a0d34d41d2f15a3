"""The normalization of all languages: Unicode, digits, quotes, dashes, whitespace and marks."""

import re
import unicodedata

from xtts_jax.text.patterns import sub

MARKS = "?!.…;:—,"  # strongest first; of several in a row only the strongest is kept
PLACEHOLDERS = "\ue000-\uf8ff"  # private use area
ZWNJ = "\u200c"
COMBINING = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
LETTERS = rf"a-zA-Z\u00c0-\u024f\u0370-\u1fff{COMBINING}"

# Ligatures, presentation forms, vulgar fractions, letters in circles, units in one character and letters of
# mathematical alphabets are decomposed; superscripts are not.
_COMPATIBLE = re.compile(
    "[\ufb00-\ufdff\ufe70-\ufefc\uff01-\uff5e¼½¾⅐-⅞℃℉ℓ\u2460-\u24ff\u3300-\u33ff\U0001d400-\U0001d7ff"
    "\U0001f100-\U0001f169]"
)

_CHARACTERS = {
    **dict.fromkeys("’‘ʼʻ‛′´`", "'"),
    **dict.fromkeys("“”„‟«»‹›″", '"'),
    **dict.fromkeys("−‐‑\u2043", "-"),
    **dict.fromkeys(map(chr, (0xA0, *range(0x2000, 0x200B), 0x202F, 0x3000)), " "),
    # soft hyphen, kashida, zero-width space and joiner, direction marks, byte order mark
    **dict.fromkeys(map(chr, (0xAD, 0x640, 0x200B, *range(0x200D, 0x2010), *range(0x202A, 0x202F))), ""),
    **dict.fromkeys(map(chr, (*range(0x2066, 0x206A), 0xFEFF)), ""),
    "،": ",", "؛": ";", "؟": "?", "۔": ".", "。": ".", "、": ",", "٪": "%", "٫": ".", "٬": "",
    "―": "—", "\u2012": "–", "⁄": "/", "÷": "/", "¿": " ", "¡": " ",
}  # fmt: skip
_TRANSLATION = str.maketrans(_CHARACTERS)
_NO_BREAK_GROUP = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")


def clean(text: str) -> str:
    """Text with one form for each character: NFC, ASCII digits and punctuation, dashes by their meaning."""
    text = _COMPATIBLE.sub(_plain_form, unicodedata.normalize("NFC", text))
    text = _NO_BREAK_GROUP.sub("", unicodedata.normalize("NFC", text)).translate(_TRANSLATION)
    text = sub("([\u064b-\u0650\u0670])\u0651", "\u0651\\1", text)  # espeak-ng expects shadda first
    text = sub(r"[^\x00-\x7f]", _ascii_digit, text)
    text = sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", text)
    text = sub(r"(?<![\w.,])\.(?=\d)", "0.", text)
    return _dashes(text)


def _plain_form(match: re.Match[str]) -> str:
    character = match.group()
    plain = unicodedata.normalize("NFKC", character)
    if character in "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞":
        return f" {plain}"
    return f" {plain} " if "\u2460" <= character <= "\u249b" else plain


def _ascii_digit(match: re.Match[str]) -> str:
    value = unicodedata.decimal(match.group(), None)
    return match.group() if value is None else str(value)


def _dashes(text: str) -> str:
    """Keeps – only between numbers, where it means "to"; dashes that separate clauses become —."""
    text = sub(r"\.{2,}", "…", text)
    text = sub(r"(?<=\d) ?– ?(?=\d)", "–", text)
    text = sub(r"(?<!\d)–|–(?!\d)|--+", "—", text)
    return sub(r"(?<=[^\s\d]) - (?=\S)|(?<=\S) - (?=[^\s\d])|^-\s", "—", text)


_BRACKETS = re.compile(r"[()\[\]{}<>]")
_SILENT = re.compile(rf"[^\w\s'\-{COMBINING}{PLACEHOLDERS}{ZWNJ}{MARKS}]|_")
_QUOTED = re.compile(r"(?<!\w)'((?:[^']|(?<=\w)'(?=\w))+)'(?!\w)")
_LOOSE_APOSTROPHE = re.compile(rf"(?<![{LETTERS}])'(?![{LETTERS}](?!\w))|'(?!\w)")
_RUN_OF_MARKS = re.compile(rf"\s*[{MARKS}](?:\s*[{MARKS}])*\s*")


def tidy(text: str) -> str:
    """Text with single spaces, and single marks directly after a word; brackets become commas."""
    text = sub(r"[)\]}>\s]+$", "", text)
    text = _SILENT.sub(" ", _BRACKETS.sub(",", text.replace('"', " ")))
    text = _LOOSE_APOSTROPHE.sub(" ", _QUOTED.sub(r"\1", text))
    text = sub(rf"(?<!\w)-+|-+(?![\w{PLACEHOLDERS}])", " ", text)
    text = sub(rf" *{ZWNJ}+(?=[\s{MARKS}]|$)|(?:(?<=\s)|^){ZWNJ}+|(?<=[{MARKS}]){ZWNJ}+", "", text)
    text = sub(f"{ZWNJ}+", ZWNJ, text)
    text = _RUN_OF_MARKS.sub(_strongest, text)
    return sub(r"\s+", " ", text.lstrip(MARKS + " ")).strip()


def _strongest(match: re.Match[str]) -> str:
    return next(mark for mark in MARKS if mark in match.group()) + " "
