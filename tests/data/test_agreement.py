"""Shuffled texts are detected by their lengths alone, and matching ones are never called shuffled."""

import numpy as np
import pytest

from xtts_jax.data.agreement import (
    AGREE,
    DISAGREE,
    PACE_SPREAD,
    PARTLY,
    UNCLEAR,
    mismatch,
    texts_and_lengths_agree,
)

Lengths = tuple[np.ndarray, np.ndarray, np.ndarray]


def speech(clips: int, voices: int, pace_spread: float, seed: int, length_spread: float = 0.35) -> Lengths:
    """Token counts, frames and voices of synthetic readings; each voice has its own pace."""
    rng = np.random.default_rng(seed)
    voice = rng.integers(voices, size=clips)
    tokens = np.exp(rng.normal(4, length_spread, clips)).round() + 2
    pace = rng.normal(0, 0.3, voices)[voice] + rng.normal(0, pace_spread, clips)
    return tokens, (6 * tokens * np.exp(pace)).round(), voice.astype(str)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("clips", "voices"), [(400, 1), (400, 100), (60, 2)])
def test_texts_of_an_uneven_reader_agree_and_shuffled_ones_do_not(clips: int, voices: int, seed: int) -> None:
    tokens, frames, voice = speech(clips, voices, 0.2, seed)
    assert texts_and_lengths_agree(tokens, frames, voice).verdict == AGREE
    shuffled = np.random.default_rng(seed).permutation(tokens)
    assert texts_and_lengths_agree(shuffled, frames, voice).verdict in (DISAGREE, UNCLEAR)
    if clips == 400:
        assert texts_and_lengths_agree(shuffled, frames, voice).verdict == DISAGREE
        assert texts_and_lengths_agree(np.roll(tokens, 1), frames, voice).verdict == DISAGREE


def test_a_pace_as_uneven_as_assumed_is_not_a_mismatch() -> None:
    verdicts = [
        texts_and_lengths_agree(*speech(clips, 1, PACE_SPREAD, seed)).verdict
        for clips in (40, 200, 1000)
        for seed in range(40)
    ]
    assert DISAGREE not in verdicts


def test_shuffling_half_of_the_texts_is_a_warning() -> None:
    tokens, frames, voice = speech(2000, 3, 0.1, 0)
    tokens[:900] = np.random.default_rng(1).permutation(tokens[:900])
    agreement = texts_and_lengths_agree(tokens, frames, voice)
    assert agreement.verdict == PARTLY
    assert [(finding.name, finding.severity) for finding in mismatch(agreement)] == [
        ("texts_match_partly", "warning")
    ]


def test_a_voice_that_reads_long_texts_slowly_does_not_hide_a_shuffle() -> None:
    tokens = np.concatenate([np.full(200, 20), np.full(200, 200)]) + np.tile(np.arange(20), 20)
    voice = np.repeat(["quick", "slow"], 200)
    frames = tokens * 6.0
    shuffled = np.concatenate([np.random.default_rng(0).permutation(part) for part in np.split(tokens, 2)])
    assert np.corrcoef(shuffled, frames)[0, 1] > 0.9
    assert texts_and_lengths_agree(shuffled, frames, voice).correlation < 0.2
    assert texts_and_lengths_agree(tokens, frames, voice).verdict == AGREE


@pytest.mark.parametrize(
    ("clips", "length_spread"), [(0, 0.3), (1, 0.3), (2, 0.3), (8, 0.3), (200, 0.0), (60, 0.02)]
)
def test_too_few_clips_or_equal_lengths_are_unclear(clips: int, length_spread: float) -> None:
    tokens, frames, voice = speech(clips, 1, 0.1, 0, length_spread)
    agreement = texts_and_lengths_agree(np.random.default_rng(0).permutation(tokens), frames, voice)
    assert agreement.verdict == UNCLEAR
    assert mismatch(agreement) == []


def test_voices_of_one_clip_are_not_compared() -> None:
    tokens, frames, _ = speech(100, 1, 0.1, 0)
    agreement = texts_and_lengths_agree(tokens, frames, np.arange(100))
    assert (agreement.verdict, agreement.clips) == (UNCLEAR, 0)


def test_the_finding_names_the_number_of_clips() -> None:
    tokens, frames, voice = speech(400, 1, 0.1, 0)
    (finding,) = mismatch(texts_and_lengths_agree(np.roll(tokens, 1), frames, voice))
    assert (finding.name, finding.severity) == ("texts_do_not_match", "severe")
    assert "400 clips" in finding.seen
