"""The ezafe that a tagger finds, and the readings of Persian sentences."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.persian_readings import shares, words_read
from xtts_jax.errors import UserError
from xtts_jax.text import ezafe
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.phonemize import phonemize

Z = "\u200c"


@pytest.fixture
def tag_all(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A tagger that finds an ezafe after every word; the pieces that it is given."""
    given: list[list[str]] = []

    def tag(pieces: list[str]) -> list[str]:
        given.append(pieces)
        return ["Ne"] * len(pieces)

    monkeypatch.setattr(ezafe, "_tagger", lambda: tag)
    monkeypatch.setitem(sys.modules, "gruut_lang_fa", ModuleType("gruut_lang_fa"))
    return given


@pytest.mark.parametrize(
    ("word", "marked", "said"),
    [
        ("کتاب", "کتابِ", "ketɑbe"),
        ("خانه", "خانهٔ", "xɑneje"),
        ("کوه", "کوهِ", "kuhe"),
        ("دانشگاه", "دانشگاهِ", "dɑneʃɡɑhe"),
        ("قدیمی", "قدیمیِ", "ɢadimije"),
        ("روی", "رویِ", "ruje"),
        (f"بچه{Z}های", f"بچه{Z}هایِ", "batʃtʃehɑje"),
        ("کتابِ", "کتابِ", "ketɑbe"),
        ("خانهٔ", "خانهٔ", "xɑneje"),
        ("زیبا", "زیبا", "zibɑ"),
        ("iPhone", "iPhone", None),
    ],
)
def test_ezafe_is_written_and_said(word: str, marked: str, said: str | None) -> None:
    assert ezafe.with_ezafe(word) == marked
    assert said is None or phonemize(marked, "fa") == said


def test_no_ezafe_ends_a_clause_or_stands_before_its_object_marker(tag_all: list[list[str]]) -> None:
    assert ezafe.mark_ezafe("مرد پیر, در را بست.") == "مردِ پیر, در را بست."
    assert tag_all == [["مرد", "پیر", "،", "در", "را", "بست", ".", "."]]


@pytest.mark.usefixtures("tag_all")
def test_the_front_end_says_tagged_ezafe_only_where_asked_for() -> None:
    assert Frontend("phonemes", {}, "tagged")("کتاب من", "fa") == "ketɑbe man"
    assert Frontend("characters", {}, "tagged")("کتاب من", "fa") == "کتابِ من"
    assert Frontend("phonemes", {}, "written")("کتاب من", "fa") == "ketɑb man"
    assert Frontend("phonemes", {}, "tagged")("red sun", "en") == Frontend("phonemes", {})("red sun", "en")


@pytest.mark.usefixtures("tag_all")
def test_words_of_the_lexicon_take_the_ezafe() -> None:
    frontend = Frontend("phonemes", {"کتاب": "KTAB", "خانه": "xɑne"}, "tagged")
    assert frontend("کتاب من, خانه من", "fa") == "KTABe man, xɑneje man"


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gruut_lang_fa", None)
    with pytest.raises(UserError, match=r"gruut-lang-fa.*requirements-persian\.txt.*data\.ezafe=written"):
        Frontend("phonemes", {}, "tagged")
    assert (Path(__file__).parents[2] / "requirements-persian.txt").is_file()


def test_most_words_of_the_sentences_are_read_right_as_written() -> None:
    assert shares(words_read(Frontend("phonemes", {})))["all"] > 77


def test_tagged_ezafe_raises_the_share_of_right_words() -> None:
    pytest.importorskip("gruut_lang_fa")
    found = shares(words_read(Frontend("phonemes", {}, "tagged")))
    assert found["all"] > 94 and found["no ezafe"] > 96
