"""`metrics.jsonl` read back: what a run logged, line by line and name by name."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xtts_jax.errors import UserError
from xtts_jax.findings import Finding

FILE = "metrics.jsonl"
Line = dict[str, Any]  # of the log: numbers by name, and a few lists of names
Points = list[tuple[int, float]]  # (step, value), by step


def read_metrics(workdir: Path) -> list[Line]:
    """The lines a run logged, oldest first; `UserError` where there are none, or one is damaged."""
    path = workdir / FILE
    if not path.is_file():
        raise UserError(
            f"{workdir} holds no {FILE}: it is no run folder, or its training never came to the first step. "
            "Give the --workdir of a run_train.py run."
        )
    lines = whole_lines(path)
    if not lines:
        raise UserError(
            f"{path} is empty: nothing was logged yet. Let the training log its first step, and look again."
        )
    return lines


def whole_lines(path: Path) -> list[Line]:
    """Each line as an object with its "step"; the last is left out where a kill cut it short.

    Raises `UserError` for damage anywhere else.
    """
    texts, lines = path.read_bytes().splitlines(), []
    for number, text in enumerate(texts, 1):
        try:
            lines.append(_parse(text))
        except ValueError as error:
            if number < len(texts):
                raise UserError(
                    f"Line {number} of {path} is damaged ({error}). Delete that line, or restore the file "
                    "from a copy."
                ) from error
    return lines


def series(lines: list[dict[str, Any]]) -> dict[str, Points]:
    """The curve of every number logged, by name.

    Logged findings and values that are no numbers are left out; of a step logged twice, the last counts.
    """
    curves: dict[str, dict[int, float]] = {}
    for line in lines:
        if "finding" in line:
            continue
        for name, value in line.items():
            if name != "step" and isinstance(value, int | float) and not isinstance(value, bool):
                curves.setdefault(name, {})[line["step"]] = float(value)
    return {name: sorted(points.items()) for name, points in curves.items()}


def _parse(text: bytes) -> dict[str, Any]:
    line = json.loads(text)
    if not isinstance(line, dict) or not isinstance(line.get("step"), int):
        raise ValueError('it is no JSON object with a "step"')
    return line


def begin_log(workdir: Path, findings: Sequence[Finding]) -> None:
    """A new log, which begins with what the preflight found."""
    lines = [json.dumps(finding_line(0, finding), ensure_ascii=False) + "\n" for finding in findings]
    (workdir / FILE).write_text("".join(lines), encoding="utf-8")


def finding_line(step: int, finding: Finding) -> Line:
    values = finding._asdict()
    return {"step": step, "finding": values.pop("name"), **values}
