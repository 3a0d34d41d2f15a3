"""Whisper: what it transcribes, and what is said where it cannot be had."""

import sys
from pathlib import Path

import numpy as np
import pytest
from kathleen import RATE, read

from xtts_jax.audio.io import resample
from xtts_jax.errors import UserError
from xtts_jax.judge.words import count_errors
from xtts_jax.listen.whisper import DOWNLOADED, Whisper


@pytest.fixture
def whisper(root: Path, monkeypatch: pytest.MonkeyPatch) -> Whisper:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (make judges)")
    if not (root / DOWNLOADED).is_dir():
        pytest.skip("the weights of Whisper are missing (make judges)")
    monkeypatch.chdir(root)
    return Whisper()


@pytest.mark.slow
def test_recordings_are_understood_with_confidence(whisper: Whisper, shared: Path) -> None:
    clips, texts = read(shared, 2)
    heard = [whisper.hear(resample(clip, RATE, whisper.sample_rate), "en-gb") for clip in clips]
    assert count_errors(texts, [each.symbols for each in heard], ["en", "en"]).wer <= 0.1
    assert min(each.confidence for each in heard) > 0.5


def test_it_knows_the_languages_of_the_project_and_hears_nothing_in_silence(whisper: Whisper) -> None:
    assert {"en", "en-gb", "fa", "de", "nl"} <= set(whisper.languages)
    assert whisper.hear(np.zeros(16000, np.float32), "en") == ("", 0.0)
    assert whisper.hear(np.ones(9, np.float32), "en") == ("", 0.0)


def test_missing_weights_come_with_three_ways_to_get_them(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (make judges)")
    with pytest.raises(UserError, match=r"cannot be loaded.*whisper:base.*give a folder.*make judges"):
        Whisper(str(tmp_path))


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(UserError, match=r"package faster_whisper.*requirements-judges\.txt"):
        Whisper("a model that was never opened")
