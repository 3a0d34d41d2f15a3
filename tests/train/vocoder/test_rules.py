"""Findings from logged lines of a vocoder's run that no other family has, or has in another form."""

from dataclasses import replace
from typing import Any

import pytest

from xtts_jax.config import Config
from xtts_jax.train.vocoder.rules import RULES
from xtts_jax.train.watch import Watch

PLANTS: dict[str, dict[str, Any]] = {
    "waveform_too_quiet_or_loud": {"loudness_ratio": 0.1},
    "waveform_saturated": {"saturated": 0.2},
    "discriminators_win": {"score/recorded": 1.9, "score/generated": -1.8},
    "discriminators_cannot_tell": {"step": 10**6, "score/recorded": 0.2, "score/generated": 0.21},
}
UNJUDGED = {"score/recorded": 0.0, "score/generated": 0.0}  # before the discriminators join


def line(step: int, changes: dict[str, Any]) -> dict[str, Any]:
    healthy = {
        "step": step,
        "loss/total": 14.0,
        "mel_l1": 0.3,
        "loudness_ratio": 0.95,
        "saturated": 0.0,
        "score/recorded": 0.6,
        "score/generated": -0.4,
        "skipped": 0.0,
        "learning_rate": 1e-3,
        "leaves_without_gradient": [],
        "utterances_not_finite": [],
        "unmoved/generator": 0.0,
        "update_ratio/generator": 3e-3,
        "grad_norm/generator": 0.4,
    }
    return healthy | changes


def told(config: Config, changes: dict[str, Any]) -> list[str]:
    """The names of the findings in four lines after the run has settled."""
    vocoder = replace(config, train=replace(config.train, model="vocoder"))
    watch = Watch(vocoder, RULES)
    return [finding.name for step in (200, 220, 240, 260) for finding in watch(line(step, changes))]


@pytest.mark.parametrize("changes", [{}, UNJUDGED], ids=["judged", "unjudged"])
def test_healthy_lines_say_nothing(tiny_config: Config, changes: dict[str, Any]) -> None:
    assert told(tiny_config, changes) == []


@pytest.mark.parametrize("name", PLANTS)
def test_figure_that_is_off_is_told_once(tiny_config: Config, name: str) -> None:
    assert told(tiny_config, PLANTS[name]) == [name]
