"""Normalization compiles every regular expression once."""

import importlib
import re

import pytest

from xtts_jax.text.normalize import normalize
from xtts_jax.text.patterns import sub

TEXTS = {
    "en": "Dr. Smith paid $3.50 for 2 kg on 3 May 1999, at 5:30; see www.example.com, Henry VIII and 1/2.",
    "fa": "در ۳ خرداد ۱۳۷۵ ساعت ۵:۳۰ مبلغ ۲۰۰۰ تومان برای ۲ کیلوگرم پرداخت شد.",
    "de": "Am 3. Mai 1999 kosteten 2 kg etwa 3,50 €.",
}


def test_a_second_text_of_any_language_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = {language: normalize(text, language) for language, text in TEXTS.items()}

    compiler, compiled = importlib.import_module("re._compiler"), []
    monkeypatch.setattr(compiler, "compile", lambda pattern, flags: compiled.append(pattern))
    again = {language: normalize(text, language) for language, text in TEXTS.items()}
    monkeypatch.undo()
    assert compiled == [] and again == spoken


def test_replacing_is_that_of_re() -> None:
    assert sub("a+", lambda match: match.group().upper(), "baab a", count=1) == "bAAb a"
    assert sub("A", r"<\g<0>>", "ab", flags=re.IGNORECASE) == "<a>b"
