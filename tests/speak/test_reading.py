"""A text as what is spoken, by a run that knows few symbols."""

import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking_run import LONG_TEXT, TEXT

from xtts_jax.errors import TextError, UserNotice, WordlessError
from xtts_jax.speak.pieces import LONGEST_PIECE
from xtts_jax.speak.reading import Reading, read
from xtts_jax.speak.spelling import Speller
from xtts_jax.text.tokenizer import Tokenizer

TOKENIZER = Tokenizer.build(["abcdefghijklmnoprstuvwy .,'", "سلام"], ["en", "fa"], "characters")
SPELLER = Speller(TOKENIZER, "", "written")


def reading(text: str) -> tuple[Reading, list[str]]:
    """What is read, and the notices."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read(text, "en", TOKENIZER.languages, SPELLER)
    assert all(warning.category is UserNotice for warning in caught)
    return found, [str(warning.message) for warning in caught]


def said(text: str) -> tuple[list[tuple[str, float]], list[str]]:
    """The symbols of every piece and the pause after it, and the notices."""
    found, notices = reading(text)
    return [(saying.spelt.symbols, saying.pause_s) for saying in found.sayings], notices


@pytest.mark.parametrize(
    "line",
    [
        "* * *",
        "!!!",
        "😀",
        "———",
        "===",
        "---",
        "~~~",
        "___",
        "= = =",
        "+--+",
        "<b>***</b>",
        "[[,]]",
        "&nbsp;.",
        "…",
    ],
)
def test_a_line_without_words_is_named_and_left_out(line: str) -> None:
    pieces, notices = said(f"it was\n{line}\nso.")
    assert pieces == [("it was.", 0.5), ("so.", 0)]
    assert "has no words and is left out" in notices[-1] and "has no words" not in "".join(notices[:-1])
    with pytest.raises(WordlessError, match="nothing to say"):
        reading(line)
    assert said(f"{line}\nso.")[0] == [("so.", 0)] and said(f"so.\n{line}")[0] == [("so.", 0)]


@pytest.mark.parametrize("line", ["&", "$", "+", "50%"])
def test_a_line_of_signs_that_are_read_is_kept(line: str) -> None:
    pieces, notices = said(f"it was\n\n{line}\n\nso.")
    assert len(pieces) == 3 and not notices


def test_a_piece_that_the_run_cannot_say_is_named_and_left_out() -> None:
    pieces, (notice,) = said("it was\n\nxxx\n\nso.")
    assert pieces == [("it was.", 0.5), ("so.", 0)]
    assert notice.startswith("'xxx' is left out. The run never saw any sound of") and "the language" in notice
    with pytest.raises(TextError, match="never saw any sound of 'xxx'"):
        reading("xxx")


def test_markup_that_is_not_known_is_named_in_one_notice() -> None:
    pieces, notices = said("<em>it</em> <b>was</b><br/>so &foo; <em>on</em>.")
    assert pieces == [("it was. so on.", 0)]
    assert notices == ["markup that is not known is left out: <em>, <b>, <br>, &foo;."]


def test_marks_that_the_run_never_saw_keep_their_pause() -> None:
    found, _ = reading("it was! so; it was… so — on?")
    assert found.sayings[0].spelt.symbols == "it was. so, it was. so, on."
    assert found.sayings[0].spelt.unknown == ()


def test_a_leading_pause_and_the_words_as_written() -> None:
    found, notices = reading("<speak><break time='2s'/><s>It was <sub alias='so'>SO</sub></s> on</speak>")
    assert found.lead_s == 2 and not notices
    assert [saying.text for saying in found.sayings] == ["It was SO on"]
    assert [word.text for word in found.sayings[0].words(SPELLER)] == ["It", "was", "SO", "on"]


def test_a_piece_all_in_another_language_is_in_that_language() -> None:
    found, _ = reading("it was\n\n<fa>سلام</fa>.\n\n<de>so</de>\n\n<fa>سلام</fa> so")
    assert [saying.language for saying in found.sayings] == ["en", "fa", "en", "en"]


def test_given_sounds_that_the_run_never_saw_give_way_to_the_word() -> None:
    tokenizer = Tokenizer.build(["haʊ ɡoʊ ˈ"], ["en"], "phonemes")
    spell = Speller(tokenizer, "", "written")
    with pytest.warns(UserNotice, match="never saw any sound of 'χ'; 'go' is read"):
        found = read("how <phoneme ph='χ'>go</phoneme>", "en", tokenizer.languages, spell)
    assert [saying.spelt.symbols for saying in found.sayings] == ["haʊ ɡˈoʊ"]


WORDS = st.sampled_from(["an", "man", "said", "it", "ten", "times", "and", "then", "the", "others", "laugh"])
MARKS = st.sampled_from(["", "", "", ",", ".", ".", "?", "!", " -", "...", '"', ")", "\n", "\n\n"])


@given(st.lists(st.tuples(WORDS, MARKS), min_size=1, max_size=150))
@settings(max_examples=60, deadline=None)
def test_no_word_of_a_long_text_is_lost_repeated_or_invented(parts: list[tuple[str, str]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sayings = read(" ".join(map("".join, parts)), "en", TOKENIZER.languages, SPELLER).sayings
    spoken = " ".join(saying.spelt.symbols for saying in sayings)
    assert re.findall("[a-z]+", spoken) == [word for word, _ in parts]
    assert all(saying.pause_s > 0 for saying in sayings[:-1])
    assert max(len(saying.text) for saying in sayings) < 1.3 * LONGEST_PIECE


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        (f"{TEXT.capitalize()} " * 5, True),
        (LONG_TEXT, False),  # cut within a sentence
        (f"{TEXT}\n\n{TEXT}", False),
        (f"{TEXT}<break time='1s'/>{TEXT}", False),
        (f"{TEXT} <prosody rate='slow'>{TEXT}</prosody>", False),
    ],
)
def test_a_piece_goes_on_from_its_paragraph_alone(text: str, goes_on: bool) -> None:
    first, second = reading(text)[0].sayings
    assert first.after == "" and bool(second.after) == goes_on
