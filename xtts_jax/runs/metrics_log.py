"""`metrics.jsonl`: what a run logged, line by line and name by name."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xtts_jax.errors import UserError
from xtts_jax.findings import Finding

FILE = "metrics.jsonl"
Line = dict[str, Any]  # numbers by name, and a few lists of names
Points = list[tuple[int, float]]  # (step, value), by step


def read_metrics(workdir: Path) -> list[Line]:
    """The lines a run logged, oldest first. Raises `UserError` where there are none, or one is damaged."""
    path = workdir / FILE
    if not path.is_file():
        raise UserError(
            f"{workdir} has no {FILE}: it is not a run folder, or its training never reached the first step. "
            "Give the folder of a training, the --workdir of run_train.py."
        )
    lines = whole_lines(path)
    if not lines:
        raise UserError(
            f"{path} is empty: nothing was logged yet. Try again once the training has logged its first step."
        )
    return lines


def whole_lines(path: Path) -> list[Line]:
    """Each line as an object with its "step"; without the last line if a kill cut it short.

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
    """The curve of every logged number, by name.

    Findings and values that are not numbers are left out; of a step that was logged twice, the last counts.
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
        raise ValueError('not a JSON object with a "step"')
    return line


def begin_log(workdir: Path, findings: Sequence[Finding]) -> None:
    """Starts a new log, with the findings of the preflight."""
    lines = [json.dumps(finding_line(0, finding), ensure_ascii=False) + "\n" for finding in findings]
    (workdir / FILE).write_text("".join(lines), encoding="utf-8")


def finding_line(step: int, finding: Finding) -> Line:
    values = finding._asdict()
    return {"step": step, "finding": values.pop("name"), **values}
