"""Chunks of a stream and pieces of a text: nothing is heard where they were joined."""

import numpy as np
import pytest
from speaking_run import RATE, buzz

from benchmarks.joints import joints, paragraphs, ranks, said_twice
from xtts_jax.speak.synthesizer import Synthesizer

CLICK = 20  # samples that are missing at a joint


def test_a_click_is_told_from_a_joint_that_nobody_hears() -> None:
    noise = 1e-3 * np.random.default_rng(0).standard_normal(8 * RATE)
    whole = np.array_split(buzz(8.0, 117) + noise, 24)
    clicking = [part[:-CLICK] for part in whole]
    smooth, rough = (ranks(np.concatenate(parts), joints(parts)) for parts in (whole, clicking))
    assert len(smooth) == len(rough) == 23
    assert smooth.mean() < 0.7 and rough.mean() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_shipped_voice_streams_what_it_says_at_once(language: str) -> None:
    of_chunks, of_pieces, difference = said_twice(Synthesizer(), paragraphs(language)[0], language)
    assert difference < 1e-4
    assert len(of_chunks) > 5 and of_chunks.mean() < 0.75
    assert len(of_pieces) > 0 and of_pieces.mean() < 0.75
