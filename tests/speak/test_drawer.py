"""Symbols and a voice to mel: how much is computed, and that padding is not part of it."""

from typing import Any

import numpy as np
import pytest
from speaking_run import TEXT

from xtts_jax.speak import drawer
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.types import round_up


def test_as_many_frames_are_drawn_as_are_said(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = [], synthesizer._say._draw

    def noted(*given: Any, frames: int) -> Any:
        drawn.append(frames)
        return draw(*given, frames=frames)

    monkeypatch.setattr(synthesizer._say, "_draw", noted)
    said = [synthesizer.draw(TEXT, speed=speed).segments[0].durations.sum() for speed in (1.0, 0.25)]
    assert drawn == [round_up(int(frames), drawer.FRAME_STEP) for frames in said]
    assert drawn[0] < drawn[1]


def test_padding_changes_nothing(synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = synthesizer.draw(TEXT).mel
    monkeypatch.setattr(drawer, "TOKEN_STEP", 2 * drawer.TOKEN_STEP)
    monkeypatch.setattr(drawer, "FRAME_STEP", 5 * drawer.FRAME_STEP)
    np.testing.assert_allclose(synthesizer.draw(TEXT).mel, usual, atol=1e-4)


def test_words_are_looked_for_when_they_are_asked_for(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, find = [], synthesizer._spell.known_symbols
    monkeypatch.setattr(
        synthesizer._spell, "known_symbols", lambda *given: asked.append(given) or find(*given)
    )
    speech = synthesizer(TEXT)
    assert not asked
    assert " ".join(word.text for word in speech.words) == TEXT and len(asked) == len(TEXT.split())
