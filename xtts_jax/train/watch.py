"""Reads what a run logs, line by line, and reports each thing that is wrong once; replays finished logs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from xtts_jax.config import Config
from xtts_jax.findings import Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import AT_ONCE, FINITE_RULES, ROOTS, Rule, Rules


class Watch:
    """The new findings of each line; where one of them explains the others, it is reported alone."""

    def __init__(self, config: Config, rules: Rules) -> None:
        self._config, self._rules = config, rules
        self._steps, self._evaluations = _Lasting(config.health.patience), _Lasting(config.health.patience)
        self._reported: set[str] = set()
        self._lowest: dict[str, float] = {}

    def __call__(self, line: Line) -> list[Finding]:
        if "loss/total" in line:
            shown = list(self._in_step(line))
        elif any(name.startswith("eval/") for name in line):
            shown = list(self._in_evaluation(line))
        else:
            shown = []
        roots = [finding for finding in shown if finding.name in ROOTS]
        new = [finding for finding in roots or shown if finding.name not in self._reported]
        self._reported |= {finding.name for finding in new}
        return new

    def _in_step(self, line: Line) -> Iterator[Finding]:
        yield from _apply(FINITE_RULES, line, self._config)
        if not line["skipped"]:
            yield from _apply(AT_ONCE, line, self._config)
            shown = [*_apply(self._rules.steps, line, self._config), *self._rises(line)]
            yield from self._steps(shown)

    def _in_evaluation(self, line: Line) -> Iterator[Finding]:
        yield from _apply(self._rules.proofs, line, self._config)
        shown = [*_apply(self._rules.evaluations, line, self._config), *self._rises(line)]
        yield from self._evaluations(shown)

    def _rises(self, line: Line) -> Iterator[Finding]:
        for name, rule in self._rules.rising.items():
            if name in line:
                self._lowest[name] = min(
                    line[name], self._lowest[name] if name in self._lowest else line[name]
                )
                if finding := rule(line, self._config, self._lowest[name]):
                    yield finding


def replay(lines: Iterable[Line], config: Config, rules: Rules) -> list[tuple[int, Finding]]:
    """The findings of a log, each with its step; those of the preflight as they were logged."""
    watch, found = Watch(config, rules), []
    for line in lines:
        if "finding" in line and line["step"] == 0:
            values = {name: line[name] for name in Finding._fields if name != "name"}
            found.append((0, Finding(name=line["finding"], **values)))
        found += [(line["step"], finding) for finding in watch(line)]
    return found


class _Lasting:
    """Lets a finding through once it was shown in `patience` consecutive lines."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._running: Counter[str] = Counter()

    def __call__(self, shown: Iterable[Finding]) -> list[Finding]:
        findings = list(shown)
        self._running = Counter({finding.name: self._running[finding.name] + 1 for finding in findings})
        return [finding for finding in findings if self._running[finding.name] >= self._patience]


def _apply(rules: Sequence[Rule], line: Line, config: Config) -> Iterator[Finding]:
    return (finding for rule in rules if (finding := rule(line, config)))
