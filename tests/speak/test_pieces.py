"""Where a long text is cut."""

import pytest

from xtts_jax.speak.pieces import LONGEST_PIECE, split_text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two.", ["One. Two."]),
        ("a" * 150 + ". " + "b" * 150 + ".", ["a" * 150 + ".", "b" * 150 + "."]),
        ("a" * 150 + ", " + "b" * 150, ["a" * 150 + ",", "b" * 150]),
        ("Dr. " + "c" * 150 + " " + "d" * 60, ["Dr. " + "c" * 150, "d" * 60]),
        ("e" * 300, ["e" * 300]),
        (f"<fa>{'f' * 150}. {'g' * 40}</fa> {'h' * 20}", [f"<fa>{'f' * 150}. {'g' * 40}</fa>", "h" * 20]),
    ],
)
def test_texts_are_cut_between_sentences_then_clauses_then_words(text: str, pieces: list[str]) -> None:
    assert split_text(text) == pieces
    assert all(len(piece) <= LONGEST_PIECE or " " not in piece or "<" in piece for piece in pieces)
