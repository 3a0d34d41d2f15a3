"""What no judge may confuse: speech, and what is not speech, in the order a listener would give them."""

import os
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from kathleen import RATE, read, white_noise

from configs.base import get_config
from xtts_jax.audio.griffin_lim import griffin_lim
from xtts_jax.audio.io import resample
from xtts_jax.audio.mel import log_mel
from xtts_jax.config import build
from xtts_jax.judge.naturalness import dnsmos, scores
from xtts_jax.judge.table import Judged, Sentences, judge_row
from xtts_jax.listen.whisper import DOWNLOADED, Whisper

AUDIO = build(get_config()).audio
COUNT = 2
BLURRED_FRAMES = 9

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def judged(root: Path, shared: Path) -> Callable[[str], Judged]:
    """The figures of the recordings after something was done to them, by name; each is judged once."""
    for package in ("faster_whisper", "speechmos", "whisper_normalizer"):
        pytest.importorskip(package, reason=f"{package} is not installed (make judges)")
    if not (root / DOWNLOADED).is_dir():
        pytest.skip("the weights of Whisper are missing (make judges)")
    whisper = Whisper(os.fspath(root / DOWNLOADED))
    clips, texts = read(shared, COUNT)
    found: dict[str, Judged] = {}

    def judge(name: str) -> Judged:
        if name not in found:
            sentences = Sentences(tuple(map(str, range(COUNT))), tuple(texts), ("en",) * COUNT)
            done = [CHANGES[name](clip) for clip in clips]
            found[name] = judge_row(done, RATE, sentences, whisper, [dnsmos])
        return found[name]

    return judge


def noise(clip: np.ndarray) -> np.ndarray:
    return white_noise(len(clip) / RATE, 0)[: len(clip)]


def silence(clip: np.ndarray) -> np.ndarray:
    return np.zeros_like(clip)


def backwards(clip: np.ndarray) -> np.ndarray:
    return clip[::-1].copy()


def shuffled(clip: np.ndarray) -> np.ndarray:
    """Pieces of 0.1 s in another order."""
    pieces = np.array_split(clip, len(clip) * 10 // RATE)
    return np.concatenate([pieces[i] for i in np.random.default_rng(0).permutation(len(pieces))])


def through_mel(clip: np.ndarray, blurred_frames: int = 1) -> np.ndarray:
    whole = clip[: len(clip) // AUDIO.hop_length * AUDIO.hop_length]
    mel = np.asarray(log_mel(jnp.asarray(whole)[None], AUDIO))[0]
    window = np.ones(blurred_frames) / blurred_frames
    smooth = np.stack([np.convolve(column, window, mode="same") for column in mel.T], axis=1)
    audio = griffin_lim(jnp.asarray(smooth, jnp.float32)[None], AUDIO, 30, jax.random.key(0))
    return np.asarray(audio)[0]


def over_smoothed(clip: np.ndarray) -> np.ndarray:
    return through_mel(clip, BLURRED_FRAMES)


def narrow(clip: np.ndarray) -> np.ndarray:
    """As a telephone at 8 kHz has it."""
    return resample(resample(clip, RATE, 8000), 8000, RATE)


def same(clip: np.ndarray) -> np.ndarray:
    return clip


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "recorded": same,
    "noise": noise,
    "silence": silence,
    "backwards": backwards,
    "shuffled": shuffled,
    "through_mel": through_mel,
    "over_smoothed": over_smoothed,
    "narrow": narrow,
}


def wer(row: Judged) -> float:
    return row.errors.sum() / row.words.sum()


def p808(row: Judged) -> float:
    return float(row.scores["p808"].mean())


def test_recordings_are_understood_and_rated_high(judged: Callable[[str], Judged]) -> None:
    row = judged("recorded")
    assert wer(row) <= 0.1 and p808(row) > 3.5
    assert (row.wrong_text or 0) >= 0.7


@pytest.mark.parametrize("name", ["noise", "silence", "backwards", "shuffled"])
def test_what_says_nothing_of_the_text_is_not_understood(name: str, judged: Callable[[str], Judged]) -> None:
    assert wer(judged(name)) >= 0.7


@pytest.mark.parametrize("name", ["noise", "silence", "shuffled", "over_smoothed", "narrow"])
def test_what_is_not_natural_is_rated_lower(name: str, judged: Callable[[str], Judged]) -> None:
    assert p808(judged(name)) < p808(judged("recorded")) - 0.25


def test_a_telephone_is_understood_and_a_blurred_mel_hardly(judged: Callable[[str], Judged]) -> None:
    assert wer(judged("narrow")) <= 0.15
    assert wer(judged("through_mel")) <= 0.15 < wer(judged("over_smoothed"))
    assert p808(judged("over_smoothed")) < p808(judged("through_mel")) - 0.25


def test_scores_do_not_depend_on_the_other_clips(shared: Path) -> None:
    pytest.importorskip("speechmos", reason="speechmos is not installed (make judges)")
    clips, _ = read(shared, 2)
    both = scores([dnsmos], clips, RATE)["p808"]
    assert both[1] == scores([dnsmos], clips[1:], RATE)["p808"][0]
