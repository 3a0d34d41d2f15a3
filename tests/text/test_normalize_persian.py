"""Persian text as a person would read it aloud: `tests/golden/persian.tsv`, and invisible characters."""

import golden_table
import pytest

from xtts_jax.text.normalize import normalize

FEWEST_CASES = 450
LINES = golden_table.read("persian.tsv")
SPOKEN = golden_table.cases(LINES)
INVISIBLE = [
    ("\ufefbله", "لاله"),
    ("حتم\u064bا", "حتما\u064b"),
    ("مدر\u0650\u0651س", "مدر\u0651\u0650س"),
    ("کتاب\u200c\u200cها", "کتاب\u200cها"),
    ("سلام\u200c دنیا\u200c.", "سلام دنیا."),
    ("\u200cسلام\u200c", "سلام"),
    ("\u202bسلام\u202c\u200f", "سلام"),
]
CASES = [*SPOKEN, *(pytest.param(*case, id=ascii(case[0])) for case in INVISIBLE)]


def test_the_table_is_long_and_has_no_duplicates() -> None:
    assert len({written for _, written, _ in LINES}) == len(LINES) >= FEWEST_CASES


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_persian_is_normalized_as_spoken(written: str, spoken: str) -> None:
    assert normalize(written, "fa") == spoken


@pytest.mark.parametrize(("written", "_spoken"), CASES)
def test_normalizing_twice_changes_nothing(written: str, _spoken: str) -> None:
    once = normalize(written, "fa")
    assert normalize(once, "fa") == once
