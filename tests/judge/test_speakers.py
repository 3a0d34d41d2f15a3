"""Speaker embeddings, with a package that stands in for Resemblyzer."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.judge import speakers
from xtts_jax.listen.level import LEVEL_DB, SAMPLE_RATE

RATE = 22050


class LevelAndLength:
    """An encoder whose embedding is what the test wants to know about the clip it was given."""

    def __init__(self, device: str, *, verbose: bool) -> None:
        assert (device, verbose) == ("cpu", False)

    def embed_utterance(self, audio: np.ndarray) -> np.ndarray:
        return np.array([np.sqrt(np.mean(np.square(audio))), len(audio)])


@pytest.fixture
def trimmed_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Changes how many samples are left of every clip once its pauses are cut out."""
    left = [SAMPLE_RATE]

    def preprocess_wav(audio: np.ndarray, rate: int) -> np.ndarray:
        assert rate == SAMPLE_RATE
        return audio[: left[0]]

    package = SimpleNamespace(preprocess_wav=preprocess_wav, VoiceEncoder=LevelAndLength)
    monkeypatch.setitem(sys.modules, "resemblyzer", package)
    speakers._encoder.cache_clear()
    yield left
    speakers._encoder.cache_clear()


def tone(seconds: float, gain: float) -> np.ndarray:
    return (gain * np.sin(2 * np.pi * 200 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_clips_are_embedded_at_one_rate_and_level(trimmed_to: list[int]) -> None:
    trimmed_to[0] = 3 * SAMPLE_RATE
    found = speakers.speaker_embeddings([tone(1, 0.9), tone(2, 0.01)], RATE)
    np.testing.assert_allclose(found[:, 0], 10 ** (LEVEL_DB / 20), rtol=1e-3)
    assert found[:, 1].tolist() == [SAMPLE_RATE, 2 * SAMPLE_RATE]


def test_a_clip_of_nothing_but_pauses_is_embedded_whole(trimmed_to: list[int]) -> None:
    trimmed_to[0] = 0
    assert speakers.speaker_embeddings([tone(1, 0.5)], RATE)[0, 1] == SAMPLE_RATE


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resemblyzer", None)
    with pytest.raises(UserError, match=r"package resemblyzer.*requirements-cloning\.txt"):
        speakers.require_package()
