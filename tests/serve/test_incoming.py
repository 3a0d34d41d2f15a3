"""A text that comes in pieces, as sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtts_jax.serve.incoming import Incoming

TEXT = st.text(alphabet='ab AB.!?,\n"<>[]/', max_size=80)


def sentences(pieces: list[str]) -> list[str]:
    incoming = Incoming()
    found = [sentence for piece in pieces for sentence in incoming.add(piece)]
    return [*found, incoming.rest()]


@given(TEXT, st.lists(st.integers(0, 80)))
def test_nothing_is_lost_or_invented(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert "".join(sentences(pieces)) == text


def test_a_sentence_is_complete_when_the_next_begins() -> None:
    incoming = Incoming()
    assert [*incoming.add("Mr. Smith came. ")] == []
    assert [*incoming.add("H")] == ["Mr. Smith came. "]
    assert [*incoming.add("e sat! Why? No")] == ["He sat! ", "Why? "]
    assert len(incoming) == 2 and incoming.rest() == "No" and len(incoming) == 0


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (
            '<prosody rate="slow">One. Two.</prosody> Three. Four',
            '<prosody rate="slow">One. Two.</prosody> Three. ',
        ),
        ("[[wˈʌn. tˈuː]] three. Four", "[[wˈʌn. tˈuː]] three. "),
        ("One <break time='1.5s'/> two. Three", "One <break time='1.5s'/> two. "),
    ],
)
def test_markup_is_not_cut(text: str, whole: str) -> None:
    assert sentences([*text])[0] == whole
