"""Texts made comparable before words are counted: case, punctuation, numbers and variants of letters."""

import re
import unicodedata
from functools import cache
from typing import Any

from xtts_jax.listen.packages import optional

_PERSIAN = str.maketrans({"ي": "ی", "ك": "ک", "\u200c": None, "\u0640": None})
_MARKS = re.compile("[\u064b-\u0652]")  # vowels and other marks above and below letters
_NOT_A_LETTER = re.compile(r"[^\w\s]|_")


def comparable(text: str, language: str) -> str:
    """Words between single spaces: English by Whisper's own normalizer, others without marks and punctuation.

    Two ways of writing the same words give the same string; in Persian also with and without ZWNJ and vowels.
    """
    if language.startswith("en"):
        words = _english()(text).split()
        return " ".join(word for word in words if any(map(str.isalnum, word)))
    plain = unicodedata.normalize("NFKC", text)
    if language == "fa":
        plain = _MARKS.sub("", plain.translate(_PERSIAN))
    return " ".join(_NOT_A_LETTER.sub(" ", plain).lower().split())


@cache
def _english() -> Any:
    return optional("whisper_normalizer.english").EnglishTextNormalizer()
