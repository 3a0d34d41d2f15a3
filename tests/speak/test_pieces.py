"""Where a text is cut, and the pauses between its pieces."""

import pytest

from xtts_jax.speak.pieces import LONGEST_PIECE, PAUSE_S, split_lines
from xtts_jax.text.markup import parse
from xtts_jax.text.spans import written

TALE = "all the old men of the town sat by the river and told tales"  # 59 characters


def pieces(text: str) -> list[str]:
    return [written(piece.spans).strip() for piece in split_lines(parse(text, "en").lines, "en")]


def said(text: str) -> list[tuple[str, float]]:
    """What the front end reads for each piece, and the pause after it."""
    found = split_lines([line for line in parse(text, "en").lines if line.spans], "en")
    return [("".join(span.said for span in piece.spans).strip(), piece.pause_s) for piece in found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two.", ["One. Two."]),
        ("a" * 150 + ". " + "B" * 150 + ".", ["a" * 150 + ".", "B" * 150 + "."]),
        ("a" * 150 + ", " + "b" * 150, ["a" * 150 + ",", "b" * 150]),
        ("Dr. " + "c" * 150 + " " + "d" * 60, ["Dr. " + "c" * 150, "d" * 60]),
        ("e" * 300, ["e" * 300]),
        (f"<fa>{'f' * 150}. {'g' * 40}</fa> {'h' * 20}", [f"{'f' * 150}. {'g' * 40}", "h" * 20]),
        (f"<fa>{'f' * 150}. {'G' * 140}</fa> h", ["f" * 150 + ".", "G" * 140 + " h"]),
        (f"{TALE}, {TALE}. Now {TALE} of Prof. Smith.", [f"{TALE}, {TALE}.", f"Now {TALE} of Prof. Smith."]),
        (
            f'{TALE}, {TALE} and "Stop. Go." {TALE} or {TALE}',
            [f"{TALE},", f'{TALE} and "Stop. Go." {TALE} or {TALE}'],
        ),
    ],
)
def test_texts_are_cut_between_sentences_then_clauses_then_words(text: str, wanted: list[str]) -> None:
    assert pieces(text) == wanted
    assert all(len(piece) <= LONGEST_PIECE or " " not in piece for piece in wanted)


@pytest.mark.parametrize(
    ("tag", "end"),
    [("[[", "]]"), ("<fa>", "</fa>"), ("<sub alias='x'>", "</sub>"), ("<phoneme ph='a'>", "</phoneme>")],
)
@pytest.mark.parametrize("before", range(185, 200, 3))
def test_what_markup_encloses_is_not_cut(tag: str, end: str, before: int) -> None:
    inner = "smɪθ. And sʌn"
    text = f"{(TALE + ' ') * 9}"[:before].strip() + f" {tag}{inner}{end} " + TALE
    assert sum(inner in piece for piece in pieces(text)) == 1
    assert " ".join(pieces(text)) == text.replace(tag, "").replace(end, "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Apples\nPears\nPlums", [("Apples. Pears. Plums", 0)]),
        ("Eggs:\nSix!\n“Why?”\nSo", [("Eggs:. Six! “Why?” So", 0)]),
        ("One\n\nIt was", [("One.", 0.5), ("It was", 0)]),
        ('Wait<break time="2s"/> here<break time="1s"/>', [("Wait,", 2), ("here,", 1)]),
        ('So<break strength="none"/>, go', [("So, go", 0)]),
        ("a <prosody rate='slow'>b</prosody>, c", [("a", 0), ("b,", 0), ("c", 0)]),
        ("<prosody rate='slow'>a.</prosody> b <b>c</b>", [("a.", PAUSE_S), ("b c", 0)]),
        ("<prosody rate='slow'>a</prosody>\nb", [("a.", PAUSE_S), ("b", 0)]),
        ("<prosody rate='slow'>a\nb</prosody>\nc", [("a. b.", PAUSE_S), ("c", 0)]),
        ("<p>a</p><break time='1s'/><p>b</p>", [("a.", 1.5), ("b.", 0)]),
    ],
)
def test_lines_pause_as_their_ends_say(text: str, wanted: list[tuple[str, float]]) -> None:
    assert said(text) == wanted


def test_pieces_of_a_long_line_follow_each_other_after_a_pause() -> None:
    assert [pause for _, pause in said(f"{TALE}. " * 9 + "\n\nEnd")] == [PAUSE_S, PAUSE_S, 0.5, 0]
