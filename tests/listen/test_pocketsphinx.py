"""pocketsphinx: what it transcribes, and how words are pronounced."""

import sys
from pathlib import Path

import numpy as np
import pytest
from kathleen import RATE, read, white_noise

from xtts_jax.audio.io import resample
from xtts_jax.errors import UserError
from xtts_jax.judge.words import spoken_words
from xtts_jax.listen.pocketsphinx import (
    SAMPLE_RATE,
    WordListener,
    closed_decoder,
    open_decoder,
    pronounce,
    read_dictionary,
    transcribe,
)

Recordings = tuple[list[np.ndarray], list[str]]


@pytest.fixture
def installed() -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (requirements-dev.txt)")


@pytest.fixture
def recordings(installed: None, shared: Path) -> Recordings:
    return read(shared, 8)


def test_earlier_clips_do_not_change_what_is_transcribed(recordings: Recordings) -> None:
    """A clip in faint noise, so close to call that the decoder's memory would decide."""
    (clip, *_), _ = recordings
    faint = clip + 0.02 * white_noise(len(clip) / RATE, 0)[: len(clip)]
    alone = transcribe(open_decoder(), faint, RATE)
    transcribe(open_decoder(), white_noise(1, 0), RATE)
    assert transcribe(open_decoder(), faint, RATE) == alone != ""


def test_the_level_of_a_clip_does_not_change_what_is_transcribed(recordings: Recordings) -> None:
    clips, texts = recordings
    decoder = closed_decoder([spoken_words(text) for text in texts[:3]])
    loud, quiet = ([transcribe(decoder, gain * clip, RATE) for clip in clips[:3]] for gain in (1, 0.01))
    assert loud == quiet and all(loud)


def test_silent_and_short_clips_hold_no_words(installed: None) -> None:
    decoder = closed_decoder([["one", "two"]])
    for clip in (np.zeros(RATE), np.ones(100), np.zeros(0)):
        assert transcribe(decoder, clip.astype(np.float32), RATE) == ""


def test_words_come_with_their_confidence(recordings: Recordings) -> None:
    (clip, *_), (text, *_) = recordings
    listener = WordListener()
    found = listener.hear(resample(clip, RATE, listener.sample_rate), "en")
    assert set(found.symbols.split()) & set(spoken_words(text))
    assert 0 < found.confidence <= 1
    assert listener.hear(np.zeros(SAMPLE_RATE, np.float32), "en") == ("", 0.0)


def test_sentences_without_a_known_word_are_refused(installed: None) -> None:
    with pytest.raises(UserError, match="none of the words"):
        closed_decoder([["qwrtzk"], []])


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(UserError, match=r"package pocketsphinx.*requirements-dev\.txt"):
        WordListener()


def test_unknown_words_get_the_pronunciation_of_their_parts() -> None:
    dictionary = {"night": ["N AY T"], "glow": ["G L OW"], "judge": ["JH AH JH"], "cap": ["K AE P"]}
    assert pronounce("nightglow", dictionary) == ["N AY T G L OW"]
    assert pronounce("judge's", dictionary) == ["JH AH JH IH Z"]
    assert pronounce("caps", dictionary) == ["K AE P S"]
    assert pronounce("glow's", dictionary) == ["G L OW Z"]
    assert pronounce("qwrtzk", dictionary) == []


def test_a_known_word_has_all_pronunciations_of_the_dictionary(installed: None) -> None:
    assert {"R EH D", "R IY D"} <= set(pronounce("read", read_dictionary()))
