"""Findings from logged lines: each from the figure it is about, and from nothing else."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from xtts_jax.config import Config, to_dict
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.runs.metrics_log import finding_line
from xtts_jax.train.acoustic.rules import RULES
from xtts_jax.train.watch import Watch, replay

MODULES = ("text_encoder", "voice_encoder", "decoder")

# What a figure must become for the finding; all else stays as in a healthy run.
STEP_PLANTS: dict[str, dict[str, Any]] = {
    "nothing_moves": {f"unmoved/{name}": 1.0 for name in MODULES},
    "module_never_moves": {"unmoved/decoder": 0.7},
    "parameters_without_gradient": {"leaves_without_gradient": ["decoder/mel/kernel"]},
    "loss_is_not_the_error": {"loss/mel": 0.5},
    "mel_in_wrong_units": {"mel_mean_error": -5.0},
    "mel_range_collapsed": {"mel_range_ratio": 0.04},
    "learning_rate_too_high": {"update_ratio/decoder": 0.3},
    "text_says_nothing": {"token_kinds": 2.0},
    "voice_is_constant": {"voice_spread": 0.0},
    "alignment_blurred": {"alignment_sharpness": 0.02},
    "tokens_starved": {"tokens_starved": 0.9},
    "alignment_stuck": {"alignment_stuck": 0.8},
    "durations_off": {"duration_ratio": 0.4},
    "discriminators_win": {"score/recorded": 0.99, "score/generated": 0.02},
    "discriminators_cannot_tell": {"step": 10**6, "score/recorded": 0.2, "score/generated": 0.21},
}
EVALUATION_PLANTS = {
    "no_better_than_a_constant": {"eval/mel_l1_teacher": 1.3},
    "text_has_no_effect": {"eval/mel_change_text_shuffled": 0.0},
    "ignores_text": {"eval/mel_l1_text_shuffled": 0.701},
    "ignores_reference": {"eval/mel_l1_reference_shuffled": 0.7001},
}


def step_line(config: Config, step: int, changes: dict[str, Any]) -> dict[str, Any]:
    terms = {f"loss/{name}": 0.8 for name in to_dict(config)["loss"]}
    total = sum(weight * 0.8 for weight in to_dict(config)["loss"].values())
    healthy = {
        "step": step,
        **terms,
        "loss/total": total,
        "mel_l1": 0.8,
        "mel_range_ratio": 0.9,
        "mel_mean_error": 0.05,
        "mel_std_ratio": 0.9,
        "alignment_sharpness": 0.4,
        "tokens_starved": 0.3,
        "alignment_stuck": 0.1,
        "duration_ratio": 1.02,
        "voice_spread": 0.3,
        "token_kinds": 40.0,
        "skipped": 0.0,
        "learning_rate": 1e-3,
        "leaves_without_gradient": [],
        "utterances_not_finite": [],
        **{f"update_ratio/{name}": 3e-3 for name in MODULES},
        **{f"unmoved/{name}": 0.0 for name in MODULES},
        **{f"grad_norm/{name}": 0.4 for name in MODULES},
    }
    return healthy | changes


def evaluation_line(step: int, changes: dict[str, float]) -> dict[str, Any]:
    return {
        "step": step,
        "eval/mel_l1_teacher": 0.7,
        "eval/mel_l1_best_constant": 1.2,
        "eval/shuffled_utterances": 20,
        "eval/mel_l1_unshuffled": 0.7,
        "eval/mel_l1_text_shuffled": 0.9,
        "eval/mel_l1_reference_shuffled": 0.72,
        "eval/mel_change_text_shuffled": 2.0,
        "eval/mel_change_reference_shuffled": 0.5,
        **changes,
    }


def names(found: list[Finding]) -> list[str]:
    return [finding.name for finding in found]


def test_healthy_lines_say_nothing(tiny_config: Config) -> None:
    watch = Watch(tiny_config, RULES)
    for step in range(0, 400, 20):
        assert watch(step_line(tiny_config, step, {})) == []
        assert watch(evaluation_line(step, {})) == []
    assert watch({"step": 9, "finding": "ignores_text", "severity": "severe"}) == []


@pytest.mark.parametrize("name", STEP_PLANTS)
def test_figure_that_is_off_for_two_lines_is_told_once(tiny_config: Config, name: str) -> None:
    watch = Watch(tiny_config, RULES)
    told = [names(watch(step_line(tiny_config, step, STEP_PLANTS[name]))) for step in (200, 220, 240, 260)]
    assert told[0] == [] and told[2:] == [[], []]
    assert told[1] == [name]


@pytest.mark.parametrize("name", STEP_PLANTS)
def test_figure_that_recovers_is_not_told(tiny_config: Config, name: str) -> None:
    watch = Watch(tiny_config, RULES)
    plants = [STEP_PLANTS[name] if i % 2 else {} for i in range(6)]
    assert all(watch(step_line(tiny_config, 200 + i, plant)) == [] for i, plant in enumerate(plants))


@pytest.mark.parametrize("name", EVALUATION_PLANTS)
def test_evaluation_that_is_off_is_told(tiny_config: Config, name: str) -> None:
    watch = Watch(tiny_config, RULES)
    told = [names(watch(evaluation_line(step, EVALUATION_PLANTS[name]))) for step in (200, 400, 600)]
    assert name in [*told[0], *told[1]] and told[2] == []
    assert (name in told[0]) == (name in ("no_better_than_a_constant", "text_has_no_effect"))


def test_text_that_changes_the_mel_but_not_its_error_has_an_effect(tiny_config: Config) -> None:
    line = evaluation_line(4, {"eval/mel_l1_text_shuffled": 0.7, "eval/mel_l1_unshuffled": 0.7})
    assert list(Watch(tiny_config, RULES)(line)) == []


def test_few_utterances_prove_nothing(tiny_config: Config) -> None:
    watch = Watch(tiny_config, RULES)
    for name in ("ignores_text", "ignores_reference"):
        line = evaluation_line(400, EVALUATION_PLANTS[name] | {"eval/shuffled_utterances": 7})
        assert [watch(line) for _ in range(3)] == [[], [], []]


def test_nothing_is_asked_of_references_where_there_is_one_speaker(tiny_config: Config) -> None:
    line = evaluation_line(400, {})
    del line["eval/mel_l1_reference_shuffled"]
    assert [*Watch(tiny_config, RULES)(line)] == []


def test_result_is_not_judged_before_the_run_has_settled(tiny_config: Config) -> None:
    watch = Watch(tiny_config, RULES)
    early = STEP_PLANTS["mel_range_collapsed"] | STEP_PLANTS["durations_off"]
    for step in range(1, 100, 20):
        assert watch(step_line(tiny_config, step, early)) == []
        assert "ignores_text" not in names(watch(evaluation_line(step, EVALUATION_PLANTS["ignores_text"])))


def test_frozen_module_may_stand_still_and_may_not_move(tiny_config: Config) -> None:
    config = replace(tiny_config, optim=replace(tiny_config.optim, freeze=("decoder",)))
    still = {"unmoved/decoder": 1.0, "update_ratio/decoder": 0.0}
    watch = Watch(config, RULES)
    assert [watch(step_line(config, step, still)) for step in (1, 2, 3)] == [[], [], []]
    moving = Watch(config, RULES)
    assert names([f for step in (1, 2) for f in moving(step_line(config, step, {}))]) == [
        "frozen_module_moves"
    ]


def test_a_module_that_is_frozen_in_part_may_move_and_mostly_stand_still(tiny_config: Config) -> None:
    part = replace(tiny_config.optim, freeze=("voice_encoder/features", "voice_encoder/speaker"))
    watch = Watch(replace(tiny_config, optim=part), RULES)
    still = {
        "unmoved/voice_encoder": 0.9,
        "leaves_without_gradient": ["voice_encoder/features/conv/kernel"],
    }
    assert [watch(step_line(tiny_config, step, still)) for step in (1, 2, 3)] == [[], [], []]
    moved = Watch(tiny_config, RULES)
    found = names([f for step in (1, 2) for f in moved(step_line(tiny_config, step, still))])
    assert set(found) == {"module_never_moves", "parameters_without_gradient"}


def test_biases_of_discriminators_may_have_no_gradient_and_their_kernels_may_not(tiny_config: Config) -> None:
    for name, told in (("bias", False), ("kernel", True)):
        still = {"leaves_without_gradient": [f"discriminators/frames_32/conv_3/{name}"]}
        watch = Watch(tiny_config, RULES)
        found = [finding for step in (1, 2, 3) for finding in watch(step_line(tiny_config, step, still))]
        assert ("parameters_without_gradient" in names(found)) == told


def test_error_that_rises_far_over_its_lowest_is_told(tiny_config: Config) -> None:
    watch = Watch(tiny_config, RULES)
    risen = {"mel_l1": 2.0, "loss/mel": 2.0, "loss/total": 2.0 + 0.8 * 1.5}
    lines = [step_line(tiny_config, 200, {})] + [step_line(tiny_config, step, risen) for step in (220, 240)]
    told = [names(watch(line)) for line in lines]
    assert "training_diverges" in told[2] and told[:2] == [[], []]


def test_validation_that_rises_is_a_warning(tiny_config: Config) -> None:
    watch = Watch(tiny_config, RULES)
    errors = (0.7, 0.5, 0.6, 0.62)
    found = [f for i, e in enumerate(errors) for f in watch(evaluation_line(i, {"eval/mel_l1_teacher": e}))]
    assert [(f.name, f.severity == SEVERE) for f in found] == [("validation_rises", False)]


def test_utterances_that_are_not_finite_are_named_at_once_and_nothing_else_is_said(
    tiny_config: Config,
) -> None:
    watch = Watch(tiny_config, RULES)
    broken = {name: float("nan") for name in ("loss/mel", "mel_l1", "mel_mean_error", "voice_spread")}
    line = step_line(tiny_config, 7, broken | {"skipped": 1.0, "utterances_not_finite": ["clip_7"]})
    (finding,) = watch(line)
    assert finding.name == "utterance_not_finite" and "clip_7" in finding.seen
    (severe,) = watch(line | {"skipped": 5.0})
    assert severe.name == "steps_not_finite" and severe.severity == SEVERE


def test_step_larger_than_the_params_is_told_at_once_and_alone(tiny_config: Config) -> None:
    watch = Watch(tiny_config, RULES)
    (finding,) = watch(step_line(tiny_config, 1, {"update_ratio/decoder": 3.5}))
    assert finding.name == "learning_rate_too_high" and finding.severity == SEVERE
    consequences = {"mel_mean_error": 50.0, "update_ratio/decoder": 3.5}
    assert [watch(step_line(tiny_config, step, consequences)) for step in (2, 3)] == [[], []]


def test_evaluation_beyond_hope_is_told_at_any_step(tiny_config: Config) -> None:
    errors = {"eval/mel_l1_teacher": 2.3}, {"eval/mel_l1_teacher": 200.0}
    told = [names(Watch(tiny_config, RULES)(evaluation_line(4, error))) for error in errors]
    assert told == [[], ["no_better_than_a_constant"]]


def test_replay_begins_with_what_the_preflight_found(tiny_config: Config) -> None:
    finding = Finding("padding_is_read", SEVERE, "seen.", "cause.", "remedy.")
    lines = [finding_line(0, finding), finding_line(40, finding._replace(name="of a run"))]
    assert replay(lines, tiny_config, RULES) == [(0, finding)]


def test_replay_of_a_log_tells_what_the_run_was_told(tiny_config: Config) -> None:
    lines = [step_line(tiny_config, step, STEP_PLANTS["text_says_nothing"]) for step in (20, 40, 60)]
    assert [(step, finding.name) for step, finding in replay(lines, tiny_config, RULES)] == [
        (40, "text_says_nothing")
    ]


def test_every_finding_is_in_the_documentation_with_its_severity(root: Path) -> None:
    listed = (root / "docs" / "training.md").read_text(encoding="utf-8").partition("\n## Findings\n")[2]
    sources = [*(root / "xtts_jax" / "train").rglob("*.py")]
    sources += [root / "xtts_jax" / "data" / "soundness.py", root / "xtts_jax" / "data" / "agreement.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    found = dict(re.findall(r'Finding\(\s*"(\w+)",\s*(SEVERE|WARNING)', text))
    assert len(found) > 20
    for name, severity in found.items():
        (row,) = [line for line in listed.splitlines() if line.startswith("|") and f"`{name}`" in line]
        assert severity.lower() in row, name
