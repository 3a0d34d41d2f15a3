"""English text as a person would read it aloud: `tests/golden/english.tsv`, the British order, any text."""

import re

import golden_table
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtts_jax.text.normalize import normalize
from xtts_jax.text.normalize.common import MARKS

FEWEST_CASES = 500
LINES = golden_table.read("english.tsv")
CASES = golden_table.cases(LINES)
BRITISH = [
    ("12/05/2024", "May twelfth, twenty twenty-four"),
    ("03.05.2024", "May third, twenty twenty-four"),
    ("12-05-24", "twelve, five, twenty-four"),
    ("05/25/2024", "May twenty-fifth, twenty twenty-four"),
]
SIGNS = {
    "×": "times", "÷": "divided", "±": "plus or minus", "≤": "less than or equal", "=": "equals", "+": "plus",
    "≥": "greater than or equal", "≠": "not equal", "<": "less than", ">": "greater than", "→": "to",
    "^": "power of", "−": "minus", "≈": "approximately", "*": "times",
}  # fmt: skip
WRITTEN = [
    *"aAIVXx .,?!'\"()-–—/:;#$€£%°^+=<>×÷±≤²₂§№~*&@_\\|0123456789½Ωπ你سé",
    *(
        " km",
        "°C",
        " pm",
        "th ",
        " May ",
        "Dr. ",
        " II ",
        "Henry ",
        "www.",
        ".com",
        " no. ",
        "CO2",
        "1,000",
        "s ",
    ),
]


def test_the_table_is_long_and_has_no_duplicates() -> None:
    assert len({written for _, written, _ in LINES}) == len(LINES) >= FEWEST_CASES


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_english_is_normalized_as_spoken(written: str, spoken: str) -> None:
    assert normalize(written, "en") == spoken
    assert normalize(spoken, "en") == spoken


@pytest.mark.parametrize(("written", "spoken"), BRITISH)
def test_british_english_reads_the_day_first(written: str, spoken: str) -> None:
    assert normalize(written, "en-gb") == spoken


@settings(deadline=None)
@given(st.lists(st.sampled_from(WRITTEN), max_size=12).map("".join))
def test_any_text_becomes_words_and_marks(text: str) -> None:
    once = normalize(text, "en")
    assert not re.search(rf"[^A-Za-zé' \-{MARKS}]", once), once
    assert not re.search(r"\s\s|^\s|\s$", once)
    twice = normalize(once, "en")
    assert normalize(twice, "en") == twice


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Co"]), max_size=20))
def test_no_text_raises_or_leaves_digits(text: str) -> None:
    assert not re.search(r"\d", normalize(text, "en"))


@pytest.mark.parametrize(("sign", "word"), SIGNS.items())
@pytest.mark.parametrize("spacing", ["", " "])
def test_a_sign_between_numbers_is_said(sign: str, word: str, spacing: str) -> None:
    assert word in normalize(f"8{spacing}{sign}{spacing}4", "en")
