import csv
import math
import random
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.judge.judges import (
    LEVEL_DB,
    SAMPLE_RATE,
    at_level,
    count_errors,
    dnsmos,
    edit_distance,
    pronounce,
    read_dictionary,
    spoken_words,
    word_error_rate,
)
from xtts_jax.listen.bigram import arpa_bigrams

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "data" / "kathleen"
RATE = 22050


@pytest.fixture(scope="module")
def recordings() -> tuple[list[np.ndarray], list[str]]:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    soundfile = pytest.importorskip("soundfile")
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings in {RECORDINGS}")
    with (RECORDINGS / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE))
    rows = random.Random(0).sample(rows, 8)
    return [soundfile.read(RECORDINGS / "wavs" / f"{row[0]}.flac", dtype="float32")[0] for row in rows], [
        row[-1] for row in rows
    ]


def white_noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize("vocabulary", ["open", "closed"])
def test_white_noise_is_not_understood(vocabulary):
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    texts = ["the old man walked to the river", "she would never forget that evening"]
    noise = [white_noise(1.5, seed) for seed in range(2)]
    assert word_error_rate(noise, RATE, texts, vocabulary).wer >= 0.9


def test_recordings_with_the_wrong_texts_are_not_understood(recordings):
    clips, texts = recordings
    assert word_error_rate(clips, RATE, texts[1:] + texts[:1], "closed").wer >= 0.9


def test_recordings_with_their_own_texts_are_understood(recordings):
    clips, texts = recordings
    result = word_error_rate(clips, RATE, texts, "closed")
    assert result.wer <= 0.1
    assert result.words == sum(len(spoken_words(text)) for text in texts)
    assert count_errors(texts[1:] + texts[:1], result.hypotheses).wer >= 0.9


@pytest.mark.slow
def test_the_open_vocabulary_tells_right_texts_from_wrong_ones(recordings):
    clips, texts = recordings
    right = word_error_rate(clips, RATE, texts, "open")
    assert right.wer <= 0.5
    assert count_errors(texts[1:] + texts[:1], right.hypotheses).wer >= 0.9


def test_what_came_before_a_clip_does_not_change_what_is_heard(recordings):
    """A clip in faint noise, so close to call that the recogniser's memory would decide."""
    clips, texts = recordings
    noise, faint = white_noise(1, 0), clips[0] + 0.02 * white_noise(len(clips[0]) / RATE, 0)[: len(clips[0])]
    alone = word_error_rate([faint], RATE, texts[:1], "open")
    after_noise = word_error_rate([noise, faint], RATE, texts[:1] * 2, "open")
    assert after_noise.hypotheses[1] == alone.hypotheses[0]


def test_the_level_of_a_clip_does_not_change_what_is_heard(recordings):
    clips, texts = recordings
    loud, quiet = (word_error_rate([g * c for c in clips[:3]], RATE, texts[:3], "closed") for g in (1, 0.01))
    assert loud.hypotheses == quiet.hypotheses


def test_silent_short_and_empty_clips_are_heard_as_nothing():
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    clips = [np.zeros(RATE, np.float32), np.ones(100, np.float32), np.zeros(0, np.float32)]
    result = word_error_rate(clips, RATE, ["one"] * 3, "closed")
    assert (result.errors, result.words) == (3, 3)


def test_dnsmos_ranks_recordings_above_white_noise(recordings):
    pytest.importorskip("speechmos", reason="speechmos is not installed (requirements-dev.txt)")
    clips, _ = recordings
    noise = dnsmos([white_noise(4.6, 0)], RATE)
    assert noise < 1.5
    assert dnsmos([max(clips, key=len)], RATE) > noise + 1


@pytest.mark.parametrize(
    ("reference", "heard", "errors"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c", "a x c", 1),
        ("a b c", "b c", 1),
        ("a b c", "x a b y c", 2),
        ("a b c d", "b c d a", 2),
    ],
)
def test_edit_distance_of_hand_cases(reference, heard, errors):
    assert edit_distance(reference.split(), heard.split()) == errors


def test_edit_distance_equals_that_of_jiwer():
    jiwer = pytest.importorskip("jiwer", reason="jiwer is not installed (requirements-dev.txt)")
    rng = random.Random(0)
    for _ in range(100):
        reference, heard = (rng.choices("abcd", k=rng.randint(1, 9)) for _ in range(2))
        counts = jiwer.process_words(" ".join(reference), " ".join(heard))
        assert edit_distance(reference, heard) == counts.substitutions + counts.deletions + counts.insertions


def test_errors_are_pooled_over_words_and_not_averaged_over_sentences():
    result = count_errors(
        ["one", "two three four five six seven eight nine"], ["ten", "two three four five six seven eight"]
    )
    assert (result.errors, result.words) == (2, 9)
    assert result.wer == pytest.approx(2 / 9)


def test_words_the_recogniser_does_not_know_are_counted():
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
def test_texts_are_spelt_as_the_recogniser_spells(text, words):
    assert " ".join(spoken_words(text)) == words


def test_texts_without_words_are_an_error():
    with pytest.raises(UserError, match="no words"):
        count_errors(["...", ""], ["", ""])


def test_unknown_words_get_the_pronunciation_of_their_parts():
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")
    dictionary = {"night": ["N AY T"], "glow": ["G L OW"], "judge": ["JH AH JH"], "cap": ["K AE P"]}
    assert pronounce("nightglow", dictionary) == ["N AY T G L OW"]
    assert pronounce("judge's", dictionary) == ["JH AH JH IH Z"]
    assert pronounce("caps", dictionary) == ["K AE P S"]
    assert pronounce("glow's", dictionary) == ["G L OW Z"]
    assert pronounce("qwrtzk", dictionary) == []
    assert "R EH D" in pronounce("read", read_dictionary())
    assert "R IY D" in pronounce("read", read_dictionary())


def test_clips_are_brought_to_one_rate_and_level():
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
    levelled = at_level(tone, RATE)
    assert len(levelled) == SAMPLE_RATE
    assert 20 * math.log10(np.sqrt(np.mean(levelled**2))) == pytest.approx(LEVEL_DB, abs=0.01)
    assert np.abs(np.fft.rfft(levelled)).argmax() == 440


def test_a_clip_with_values_that_are_no_numbers_is_an_error():
    with pytest.raises(UserError, match="finite"):
        at_level(np.full(100, np.nan, np.float32), RATE)


def test_the_bigram_model_is_a_distribution_after_every_word():
    text = arpa_bigrams([sentence.split() for sentence in ("a b c", "a c", "b", "c c a b")])
    ones, twos = ([line.split() for line in block.splitlines()[1:]] for block in text.split("\n\n")[1:3])
    unigram = {word: 10 ** float(p) for p, word, _ in ones if word != "<s>"}
    back_off = {word: 10 ** float(weight) for _, word, weight in ones}
    bigram = {(before, word): 10 ** float(p) for p, before, word in twos}
    assert sum(unigram.values()) == pytest.approx(1, abs=1e-4)
    for before in ("<s>", "a", "b", "c"):
        total = sum(bigram.get((before, word), back_off[before] * p) for word, p in unigram.items())
        assert total == pytest.approx(1, abs=1e-4)
    assert bigram["a", "b"] == pytest.approx(1.5 / 3, abs=1e-4)
