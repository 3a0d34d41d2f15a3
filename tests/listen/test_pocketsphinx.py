"""pocketsphinx: what it transcribes."""

import sys
from pathlib import Path

import numpy as np
import pytest
from kathleen import RATE, read, white_noise

from xtts_jax.audio.io import resample
from xtts_jax.errors import UserError
from xtts_jax.listen.pocketsphinx import SAMPLE_RATE, WordListener, open_decoder, transcribe

Recordings = tuple[list[np.ndarray], list[str]]


@pytest.fixture
def installed() -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (make judges)")


@pytest.fixture
def recordings(installed: None, shared: Path) -> Recordings:
    return read(shared, 3)


def test_earlier_clips_do_not_change_what_is_transcribed(recordings: Recordings) -> None:
    """A clip in faint noise, so close to call that the decoder's memory would decide."""
    (clip, *_), _ = recordings
    faint = clip + 0.02 * white_noise(len(clip) / RATE, 0)[: len(clip)]
    alone = transcribe(open_decoder(), faint, RATE)
    transcribe(open_decoder(), white_noise(1, 0), RATE)
    assert transcribe(open_decoder(), faint, RATE) == alone != ""


def test_the_level_of_a_clip_does_not_change_what_is_transcribed(recordings: Recordings) -> None:
    (clip, *_), _ = recordings
    loud, quiet = (transcribe(open_decoder(), gain * clip, RATE) for gain in (1, 0.01))
    assert loud == quiet != ""


def test_silent_and_short_clips_hold_no_words(installed: None) -> None:
    for clip in (np.zeros(RATE), np.ones(100), np.zeros(0)):
        assert transcribe(open_decoder(), clip.astype(np.float32), RATE) == ""


def test_words_come_with_their_confidence(recordings: Recordings) -> None:
    (clip, *_), (text, *_) = recordings
    listener = WordListener()
    found = listener.hear(resample(clip, RATE, listener.sample_rate), "en")
    assert set(found.symbols.split()) & set(text.lower().strip(".").split())
    assert 0 < found.confidence <= 1
    assert listener.hear(np.zeros(SAMPLE_RATE, np.float32), "en") == ("", 0.0)


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(UserError, match=r"package pocketsphinx.*make judges"):
        WordListener()
