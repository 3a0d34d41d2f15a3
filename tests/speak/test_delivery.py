"""The limits of how a text is said."""

from typing import Any

import pytest

from xtts_jax.errors import FieldError
from xtts_jax.speak.delivery import Delivery


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"seed": -1}, "seed must be between 0 and 4294967295, not -1."),
        ({"seed": 2**32}, "seed must be between 0 and 4294967295, not 4294967296."),
        ({"speed": 0}, "speed must be between 0.25 and 4, not 0."),
        ({"speed": float("nan")}, "speed must be between 0.25 and 4, not nan."),
        ({"pitch": -12.5}, "pitch must be between -12 and 12 semitones, not -12.5."),
        ({"energy": 21}, "energy must be between -20 and 20 dB, not 21."),
        ({"speed": "2"}, "speed must be a number, not '2'."),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_range(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(FieldError) as caught:
        Delivery(**given)
    assert str(caught.value) == problem
    (field,) = given
    assert caught.value.named(lambda name: f"--{name}") == f"--{field}{problem.removeprefix(field)}"


def test_the_ends_of_each_range_are_allowed() -> None:
    assert Delivery(0, 0.25, -12, -20) != Delivery(2**32 - 1, 4, 12, 20)
