"""Edit distances and error rates, on cases worked out by hand."""

import pytest

from xtts_jax.listen.edit_distance import edit_distance, error_rate, error_rates


@pytest.mark.parametrize(
    ("reference", "heard", "errors"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c", "a x c", 1),
        ("a b c", "b c", 1),
        ("a b c", "x a b y c", 2),
        ("a b c d", "b c d a", 2),
        ("one word", "one sword", 1),
    ],
)
def test_edit_distance_of_hand_cases(reference: str, heard: str, errors: int) -> None:
    assert edit_distance(reference.split(), heard.split()) == errors


def test_symbols_of_one_code_point_are_counted_one_by_one() -> None:
    assert edit_distance("həloʊ", "həlaʊ") == 1
    assert edit_distance("ab", "cdef") == 4


def test_errors_are_pooled_over_the_symbols_said() -> None:
    assert error_rate(["abcd", "x"], ["abcd", "y"]) == 1 / 5
    assert error_rate(["a"], ["bcd"]) == 3
    assert error_rate(["", ""], ["", "a"]) == 1


def test_rates_come_by_language_and_against_the_next_text() -> None:
    rates = error_rates(["ab", "cd", "ef"], ["ab", "cx", "yz"], ["en", "fa", "fa"])
    assert rates.all == 3 / 6
    assert rates.languages == {"en": 0, "fa": 3 / 4}
    assert rates.wrong == 1
