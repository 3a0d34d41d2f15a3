"""Batches loaded ahead of their use."""

import threading
from itertools import islice

import pytest

from xtts_jax.data.ahead import LoadedAhead


def test_items_come_in_order_and_from_any_position() -> None:
    squares = LoadedAhead(lambda i: i * i)
    assert list(islice(squares, 5)) == [0, 1, 4, 9, 16]
    squares.seek(2)
    assert list(islice(squares, 3)) == [4, 9, 16]
    squares.seek(100)
    assert next(squares) == 10_000


def test_the_next_items_are_loaded_before_they_are_asked_for() -> None:
    loaded = [threading.Event() for _ in range(3)]

    def load(position: int) -> int:
        if position < len(loaded):
            loaded[position].set()
        return position

    assert next(LoadedAhead(load)) == 0
    assert all(event.wait(10) for event in loaded)


@pytest.mark.parametrize(("cores", "expected"), [(1, 2), (4, 4), (96, 8)])
def test_a_host_of_many_cores_loads_many_batches_at_a_time(
    cores: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    together = threading.Barrier(expected)

    def load(position: int) -> int:
        if position < expected:
            together.wait(10)  # until so many have come
        return position

    assert list(islice(LoadedAhead(load), expected)) == list(range(expected))


def test_an_error_is_raised_in_its_turn() -> None:
    inverses = LoadedAhead(lambda i: 1 / (2 - i))
    assert [next(inverses), next(inverses)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        next(inverses)
    assert next(inverses) == -1.0
