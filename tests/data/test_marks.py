"""What transcribers write beside the words is named, and what belongs to a sentence is not."""

from pathlib import Path

import pytest

from xtts_jax.data.doctor.diagnosis import Diagnosis
from xtts_jax.data.doctor.marks import check_marks
from xtts_jax.data.doctor.survey import Clip
from xtts_jax.data.rows import Row

MARKED = [
    ("Well [laughter] yes.", "[laughter]"),
    ("I (inaudible) it.", "(inaudible)"),
    ("<noise> hello", "<noise>"),
    ("{cough} hello", "{cough}"),
    ("*sigh* fine", "*sigh*"),
    ("*Laughs* fine", "*Laughs*"),
    ("(clears throat) Hi.", "(clears throat)"),
    ("((unclear)) house", "(unclear)"),
    ("[Music playing] Hello", "[Music playing]"),
    ("[BLANK_AUDIO]", "[BLANK_AUDIO]"),
    ("The <unk> house", "<unk>"),
    ("♪ la la la ♪", "♪ la la la ♪"),
    ("[?] said so", "[?]"),
    ("[00:12] hello", "[00:12]"),
    ("(1:02:03) hello", "(1:02:03)"),
    ("[00:12.3 - 00:15.0] hello", "[00:12.3 - 00:15.0]"),
    ("[inaudible 00:01:02] house", "[inaudible 00:01:02]"),
    ("00:00:01,000 --> 00:00:02,500 hello", "00:00:01,000 --> 00:00:02,500"),
    ("00:12 hello", "00:12"),
    (">> hello", ">>"),
    ("SPEAKER_00: hello", "SPEAKER_00:"),
    ("[SPEAKER_01] hello", "[SPEAKER_01]"),
    ("[Anna]: hello", "Anna:"),
    ("Speaker 1: hello", "Speaker 1:"),
    ("S2: hello", "S2:"),
    ("Anna: Hello.", "Anna:"),
    ("- ANNA: Hello.", "ANNA:"),
    ("Dr. Smith: Hello.", "Dr. Smith:"),
    ("interviewer: hello", "interviewer:"),
    ("ben: hello", "ben:"),  # the speaker of the row
    ("[خنده] سلام", "[خنده]"),
    ("(نامفهوم) خوب", "(نامفهوم)"),
    ("گوینده ۱: سلام", "گوینده ۱:"),
    ("(hustet) ja", "(hustet)"),
]
SPOKEN = [
    "The king (see below) left.",
    "[The] king left.",
    "He is *very* old.",
    "Say [[həlˈoʊ]] to <b>him</b> and <fa>سلام</fa>.",
    "Wait <break time='1s'/> here.",
    "2 < 3 and 5 > 4",
    "At 7:30 we left (at 7 sharp).",
    "7:30 is early.",
    "Note: this is it.",
    "He said: go.",
    "He knew three things: one.",
    "او گفت: بیا",
    "مثلاً: این",
    "Music (from Greek) is old.",
    "The end:",
]


def check(*texts: str) -> list[Diagnosis]:
    rows = [Row(str(i), "set/Ben", "en", text, "", Path("a.wav")) for i, text in enumerate(texts)]
    return check_marks([Clip(row, "en", None, None, None) for row in rows])


@pytest.mark.parametrize(("text", "mark"), MARKED)
def test_a_mark_is_named(text: str, mark: str) -> None:
    (diagnosis,) = check("A plain text.", text)
    assert diagnosis.finding.seen.startswith("1 of 2 texts have marks")
    assert f": {mark!r} (1)" in diagnosis.finding.seen and diagnosis.ids == ("1",)


@pytest.mark.parametrize("text", SPOKEN)
def test_what_is_said_is_no_mark(text: str) -> None:
    assert check(text) == []


def test_a_label_without_capitals_counts_if_it_occurs_again() -> None:
    assert check("علی: سلام", "رضا: سلام") == []
    (diagnosis,) = check("علی: سلام", "علی: خوبی؟")
    assert "'علی:' (2)" in diagnosis.finding.seen


def test_the_most_frequent_marks_are_counted() -> None:
    (diagnosis,) = check(
        "[noise] a [noise]", *(f"[{sound}] b" for sound in ("cough", "sigh", "sob", "music", "static"))
    )
    assert "'[noise]' (2), '[cough]' (1)" in diagnosis.finding.seen and "and 1 more" in diagnosis.finding.seen
