"""Marks that a run never saw."""

import pytest

from xtts_jax.text.normalize.common import MARKS
from xtts_jax.text.sounds import with_known_marks


@pytest.mark.parametrize(
    ("symbols", "known", "said"),
    [
        ("a! b? c; d: e… f— g,", "abcdefg .,?", "a. b? c, d, e. f, g,"),
        ("a! b?", "ab .,", "a. b."),
        ("a; b.", "ab :!", "a: b!"),
        ("a! b…", "ab ,", "a, b,"),
        ("a, b.", "ab", "a, b."),
        ("a! b", "ab !.", "a! b"),
    ],
)
def test_a_mark_that_is_not_known_is_replaced_by_the_nearest(symbols: str, known: str, said: str) -> None:
    assert with_known_marks(symbols, known) == said


def test_every_mark_finds_any_other() -> None:
    for mark in MARKS:
        for other in MARKS:
            assert with_known_marks(f"a{mark}", f"a{other}") == f"a{other}"
