"""Where a text may be cut."""

from itertools import pairwise

import pytest

from xtts_jax.text.sentences import borders, ends_sentence

SENTENCES, CLAUSES, ALL_SENTENCES, ALL_CLAUSES, WORDS, ALL_WORDS = range(6)


def parts(text: str, kind: int) -> list[str]:
    places = [0, *borders(text)[kind], len(text)]
    return [text[start:end].strip() for start, end in pairwise(places)]


@pytest.mark.parametrize(
    "text",
    [
        "He met Prof. Smith.",
        "On Dec. 5 or Sept. The",
        "Mr. and Mrs. Jones, Dr. Who, Lt. Col. Blake, St. John, Ltd. Co. Inc. Foo",
        "See vol. 3, fig. 2, p. 7, No. 5, ch. Two",
        "J. R. R. Tolkien, the U.S. Army, e.g. This, at 5 p.m. Monday",
        "1. First of 3. Second",
        '"Stop!" she said. "really?" he asked',
        "Wait... what? yes",
        "am 3. Mai bzw. Juni, z.B. Heute",
        "3.14 and www.example.com",
        "стр. 5 и т.д. Это",
    ],
)
def test_a_point_within_a_sentence_is_no_border(text: str) -> None:
    found = parts(text.replace('said. "', "said, '"), ALL_SENTENCES)
    assert len(found) == 1, found


@pytest.mark.parametrize(
    "text",
    [
        "He is in.| She is out.| So am I!| Why?| Well…| He left.",
        'She said "stop."| Then he did.| "Good."| “Yes.”| (Yes.)| ¿Qué?| ¡Sí!',
        "He won in 1999.| They cheered.| It cost $250.| 5 men came.",
        "سلام دنیا.| خوبی؟| بله!| پایان.",
    ],
)
def test_sentences_end_after_quotes_and_brackets_are_closed(text: str) -> None:
    assert parts(text.replace("|", ""), SENTENCES) == [part.strip() for part in text.split("|")]


def test_quotations_and_brackets_are_cut_last() -> None:
    text = 'He said, "Go, now. Or stay (or not). I care." Then, he left.'
    assert parts(text, SENTENCES) == ['He said, "Go, now. Or stay (or not). I care."', "Then, he left."]
    assert len(parts(text, ALL_SENTENCES)) == 4
    assert parts(text, CLAUSES)[0] == "He said," and len(parts(text, CLAUSES)) == 3
    assert len(parts(text, ALL_CLAUSES)) == 4
    assert "Go, now. Or" in " ".join(parts(text, WORDS)[2:3])
    assert parts(text, ALL_WORDS) == text.split()


def test_words_are_not_cut_after_a_short_form() -> None:
    assert parts("so Prof. Smith left", ALL_WORDS) == ["so", "Prof. Smith", "left"]


@pytest.mark.parametrize(("text", "ends"), [("Go.", 1), ('"Go!" ', 1), ("چرا؟", 1), ("Go:", 0), ("Go", 0)])
def test_the_end_of_a_sentence_is_recognized(text: str, ends: int) -> None:
    assert ends_sentence(text) == bool(ends)
