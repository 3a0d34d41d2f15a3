"""Which symbols of a spoken text belong to which of its written words."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from xtts_jax.text.spans import Span, cut, written

_REPLACED, _SPACE_REPLACED = 1.5, 3.0  # the cost of one symbol for another; leaving one out costs 1


class Written(NamedTuple):
    """A word as it is written, and where its symbols are."""

    text: str
    first: int
    end: int


def written_words(
    spans: Sequence[Span], symbols: str, spell: Callable[[Sequence[Span]], str]
) -> tuple[Written, ...]:
    """The written words of `spans`, which are said as `symbols`.

    spell: the symbols of a part of the spans by itself, perhaps none. In context they may differ a little,
    and words may run together: "of the" is said as one.
    """
    words = [(written(word), spell(word)) for word in _words(spans)]
    owners = _owners(symbols, [said for _, said in words]) if words else []
    found: list[Written] = []
    for number, (text, said) in enumerate(words):
        places = [place for place, owner in enumerate(owners) if owner == number]
        if places:
            found.append(Written(text, places[0], places[-1] + 1))
        elif said and found:  # said within the words before it, as the unit of an amount may be
            found[-1] = found[-1]._replace(text=f"{found[-1].text} {text}")
    return tuple(found)


def _words(spans: Sequence[Span]) -> Iterable[tuple[Span, ...]]:
    """What stands between spaces; several words that are said in another way than written are one."""
    whole, start = np.zeros(len(written(spans)) + 1, bool), 0
    for span in spans:
        end = start + len(span.written)
        whole[start:end] = not span.is_plain
        start = end
    text = "".join("x" if is_whole else sign for sign, is_whole in zip(written(spans), whole, strict=False))
    return (cut(spans, *match.span()) for match in re.finditer(r"\S+", text))


def _owners(symbols: str, words: Sequence[str]) -> list[int | None]:
    """For each symbol the number of the word that it belongs to; None for the spaces between words."""
    spelt = " ".join(words)
    numbers = [number for number, word in enumerate(words) for _ in f"{word} "]
    owners = [None if place is None else numbers[place] for place in _aligned(symbols, spelt)]
    for across_spaces in (False, True):
        for order in (range(len(owners)), range(len(owners) - 1, -1, -1)):
            _fill(owners, symbols, order, across_spaces)
    return owners


def _fill(owners: list[int | None], symbols: str, order: Iterable[int], across_spaces: bool) -> None:
    """Gives symbols without an owner to that of the symbols before them, in this order."""
    before = None
    for i in order:
        if symbols[i] == " ":
            owners[i] = None
            before = before if across_spaces else None
        else:
            before = owners[i] = before if owners[i] is None else owners[i]


def _aligned(one: str, other: str) -> list[int | None]:
    """For each symbol of `one` its counterpart in `other`, if it has any (Needleman and Wunsch 1970)."""
    costs = _costs(one, other)
    places: list[int | None] = [None] * len(one)
    i, j = len(one), len(other)
    while i and j:
        if costs[i, j] == costs[i - 1, j - 1] + _replacing(one[i - 1], other[j - 1])[0]:
            i, j = i - 1, j - 1
            places[i] = j
        elif costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return places


def _costs(one: str, other: str) -> np.ndarray:
    """(len(one) + 1, len(other) + 1): of the best alignment of their beginnings."""
    steps = np.arange(len(other) + 1, dtype=np.float64)
    costs = np.empty((len(one) + 1, len(other) + 1))
    costs[0] = steps
    for i, symbol in enumerate(one, start=1):
        costs[i] = costs[i - 1] + 1
        costs[i, 1:] = np.minimum(costs[i, 1:], costs[i - 1, :-1] + _replacing(symbol, other))
        costs[i] = np.minimum.accumulate(costs[i] - steps) + steps
    return costs


def _replacing(symbol: str, others: str) -> np.ndarray:
    """(len(others),) the cost of each of them in place of `symbol`."""
    signs = np.array(list(others))
    unequal = np.where((signs == " ") | (symbol == " "), _SPACE_REPLACED, _REPLACED)
    return np.where(signs == symbol, 0.0, unequal)
