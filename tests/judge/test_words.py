"""Word errors: how texts are spelled and how errors are counted."""

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.judge.spelling import comparable
from xtts_jax.judge.words import count_errors, word_errors
from xtts_jax.listen.external import External


@pytest.fixture(autouse=True)
def installed() -> None:
    pytest.importorskip("whisper_normalizer", reason="whisper-normalizer is not installed (make judges)")


def test_errors_are_pooled_over_words_and_not_averaged_over_sentences() -> None:
    texts = ["apple", "the old man walks slowly to the river"]
    found = count_errors(texts, ["table", "the old man walks slowly to the"], ["en", "en"])
    np.testing.assert_array_equal(found.words, [1, 8])
    np.testing.assert_array_equal(found.errors, [1, 1])
    assert found.wer == pytest.approx(2 / 9)


def test_characters_are_counted_without_spaces() -> None:
    found = count_errors(["گل سرخ"], ["گلسرخ"], ["fa"])
    assert found.cer == 0 and found.wer == 1
    assert count_errors(["abcd"], ["abxd"], ["de"]).cer == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("“Don't!” he said.", "do not he said", "en"),
        ("It's 21 dollars.", "it is twenty one dollars", "en-gb"),
        ("The colour of Mr. Smith", "the color of mister smith", "en"),
        ("Guten Tag, Österreich!", "guten tag österreich", "de"),
        ("كتابي", "کتابی", "fa"),
        ("می‌رویم", "میرویم", "fa"),
        ("کِتابْ", "کتاب", "fa"),
        ("سلام، دنیا!", "سلام دنیا", "fa"),
    ],
)
def test_two_ways_of_writing_the_same_words_are_equal(one: str, other: str, language: str) -> None:
    assert comparable(one, language) == comparable(other, language) != ""


def test_texts_without_words_are_an_error() -> None:
    with pytest.raises(UserError, match="no words"):
        count_errors(["...", ""], ["", ""], ["en", "en"])


def test_clips_are_transcribed_at_the_rate_and_in_the_language_of_each() -> None:
    asked = []

    def echo(audio: np.ndarray, sample_rate: int, language: str) -> str:
        asked.append((len(audio), sample_rate, language))
        return "one"

    clips = [np.zeros(22050, np.float32)] * 2
    found = word_errors(External("echo", echo), clips, 22050, ["one", "one"], ["en", "de"])
    assert asked == [(16000, 16000, "en"), (16000, 16000, "de")] and found.wer == 0
