"""Reads what a run logs, line by line, and says once what is wrong; a finished run the same way."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from xtts_jax.config import Config
from xtts_jax.findings import Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.acoustic.evaluation_rules import (
    EVALUATION_RULES,
    PROOFS,
    RiseRule,
    training_diverges,
    validation_rises,
)
from xtts_jax.train.recogniser.rules import RECOGNISER_EVALUATION_RULES, RECOGNISER_RULES, phoneme_errors_rise
from xtts_jax.train.rules import FINITE_RULES, PROVEN_AT_ONCE, ROOTS, STEP_RULES, Rule
from xtts_jax.train.vocoder.rules import VOCODER_PROOFS, VOCODER_RULES
from xtts_jax.train.voice_encoder.rules import VOICE_PROOFS, VOICE_RULES


class Rules(NamedTuple):
    """What is asked of a kind of run."""

    at_once: tuple[Rule, ...]  # of every logged step that was kept; the next must last for health.patience
    lasting: tuple[Rule, ...]
    proofs: tuple[Rule, ...]  # of every evaluation; the next must last as well
    evaluations: tuple[Rule, ...]
    rising: dict[str, RiseRule]  # by the name of the figure whose lowest they compare with


ACOUSTIC = Rules(
    PROVEN_AT_ONCE,
    STEP_RULES,
    PROOFS,
    EVALUATION_RULES,
    {"mel_l1": training_diverges, "eval/mel_l1_teacher": validation_rises},
)

VOCODER = Rules(
    PROVEN_AT_ONCE,
    VOCODER_RULES,
    VOCODER_PROOFS,
    (),
    {"mel_l1": training_diverges, "eval/mel_l1": validation_rises},
)

RECOGNISER = Rules(
    PROVEN_AT_ONCE,
    RECOGNISER_RULES,
    (),
    RECOGNISER_EVALUATION_RULES,
    {"eval/per": phoneme_errors_rise},
)


VOICE = Rules(PROVEN_AT_ONCE, VOICE_RULES, VOICE_PROOFS, (), {})


def rules_of(config: Config) -> Rules:
    match config.train.model:
        case "acoustic":
            return ACOUSTIC
        case "vocoder":
            return VOCODER
        case "recogniser":
            return RECOGNISER
        case "voice":
            return VOICE
    raise ValueError(config.train.model)


class Watch:
    """New findings of each line; a cause that explains the others is told alone."""

    def __init__(self, config: Config) -> None:
        self._config, self._rules = config, rules_of(config)
        self._steps, self._evaluations = _Lasting(config.health.patience), _Lasting(config.health.patience)
        self._said: set[str] = set()
        self._lowest: dict[str, float] = {}

    def __call__(self, line: Line) -> list[Finding]:
        if "loss/total" in line:
            shown = list(self._of_step(line))
        elif any(name.startswith("eval/") for name in line):
            shown = list(self._of_evaluation(line))
        else:
            shown = []
        roots = [finding for finding in shown if finding.name in ROOTS]
        new = [finding for finding in roots or shown if finding.name not in self._said]
        self._said |= {finding.name for finding in new}
        return new

    def _of_step(self, line: Line) -> Iterator[Finding]:
        yield from _apply(FINITE_RULES, line, self._config)
        if not line["skipped"]:
            yield from _apply(self._rules.at_once, line, self._config)
            shown = [*_apply(self._rules.lasting, line, self._config), *self._of_rises(line)]
            yield from self._steps(shown)

    def _of_evaluation(self, line: Line) -> Iterator[Finding]:
        yield from _apply(self._rules.proofs, line, self._config)
        shown = [*_apply(self._rules.evaluations, line, self._config), *self._of_rises(line)]
        yield from self._evaluations(shown)

    def _of_rises(self, line: Line) -> Iterator[Finding]:
        for name, rule in self._rules.rising.items():
            if name in line:
                self._lowest[name] = min(
                    line[name], self._lowest[name] if name in self._lowest else line[name]
                )
                if finding := rule(line, self._config, self._lowest[name]):
                    yield finding


def replay(lines: Iterable[Line], config: Config) -> list[tuple[int, Finding]]:
    """The findings of a log, each with its step; those of the preflight as they stand there."""
    watch, found = Watch(config), []
    for line in lines:
        if "finding" in line and line["step"] == 0:
            values = {name: line[name] for name in Finding._fields if name != "name"}
            found.append((0, Finding(name=line["finding"], **values)))
        found += [(line["step"], finding) for finding in watch(line)]
    return found


class _Lasting:
    """Lets through what was shown in so many lines running."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._running: Counter[str] = Counter()

    def __call__(self, shown: Iterable[Finding]) -> list[Finding]:
        findings = list(shown)
        self._running = Counter({finding.name: self._running[finding.name] + 1 for finding in findings})
        return [finding for finding in findings if self._running[finding.name] >= self._patience]


def _apply(rules: Sequence[Rule], line: Line, config: Config) -> Iterator[Finding]:
    return (finding for rule in rules if (finding := rule(line, config)))
