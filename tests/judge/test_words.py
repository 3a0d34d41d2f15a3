"""Word errors: how texts are spelled, how errors are counted, and whom pocketsphinx understands."""

from pathlib import Path

import numpy as np
import pytest
from kathleen import RATE, read, white_noise

from xtts_jax.errors import UserError
from xtts_jax.judge.words import Vocabulary, count_errors, spoken_words, word_error_rate

Recordings = tuple[list[np.ndarray], list[str]]


@pytest.fixture(scope="module")
def recordings(shared: Path) -> Recordings:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    return read(shared, 8)


@pytest.mark.parametrize("vocabulary", ["open", "closed"])
def test_white_noise_is_not_understood(vocabulary: Vocabulary) -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    texts = ["the old man walked to the river", "she would never forget that evening"]
    noise = [white_noise(1.5, seed) for seed in range(2)]
    assert word_error_rate(noise, RATE, texts, vocabulary).wer >= 0.9


def test_recordings_with_the_wrong_texts_are_not_understood(recordings: Recordings) -> None:
    clips, texts = recordings
    assert word_error_rate(clips, RATE, texts[1:] + texts[:1], "closed").wer >= 0.9


def test_recordings_with_their_own_texts_are_understood(recordings: Recordings) -> None:
    clips, texts = recordings
    result = word_error_rate(clips, RATE, texts, "closed")
    assert result.wer <= 0.1
    assert result.words == sum(len(spoken_words(text)) for text in texts)
    assert count_errors(texts[1:] + texts[:1], result.hypotheses).wer >= 0.9


@pytest.mark.slow
def test_the_open_vocabulary_separates_right_texts_from_wrong_ones(recordings: Recordings) -> None:
    clips, texts = recordings
    right = word_error_rate(clips, RATE, texts, "open")
    assert right.wer <= 0.5
    assert count_errors(texts[1:] + texts[:1], right.hypotheses).wer >= 0.9


def test_all_words_of_silent_short_and_empty_clips_are_missed() -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    clips = [np.zeros(RATE, np.float32), np.ones(100, np.float32), np.zeros(0, np.float32)]
    result = word_error_rate(clips, RATE, ["one"] * 3, "closed")
    assert (result.errors, result.words) == (3, 3)


def test_errors_are_pooled_over_words_and_not_averaged_over_sentences() -> None:
    result = count_errors(
        ["one", "two three four five six seven eight nine"], ["ten", "two three four five six seven eight"]
    )
    assert (result.errors, result.words) == (2, 9)
    assert result.wer == pytest.approx(2 / 9)


def test_words_that_pocketsphinx_does_not_know_are_counted() -> None:
    result = count_errors(["the qwrtzk sleeps"], ["the sleeps"])
    assert (result.errors, result.words) == (1, 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("“Don’t!” — he said, 'no'.", "don't he said no"),
        ("Mr. Smith paid 21 dollars", "mister smith paid twenty one dollars"),
        ("A café, naïve", "a cafe naive"),
        ("the dogs' well-known house", "the dogs well known house"),
        ("mr hale", "mister hale"),
    ],
)
def test_texts_are_spelled_as_pocketsphinx_spells(text: str, words: str) -> None:
    assert " ".join(spoken_words(text)) == words


def test_texts_without_words_are_an_error() -> None:
    with pytest.raises(UserError, match="no words"):
        count_errors(["...", ""], ["", ""])
