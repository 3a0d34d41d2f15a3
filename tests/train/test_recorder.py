"""`metrics.jsonl` over stops and resumptions."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from xtts_jax.train.recorder import Recorder


def read(workdir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


def record(workdir: Path, first: int, steps: list[int], cpu_s: float = 0.0) -> float:
    """CPU seconds that the recorder found there."""
    with Recorder(workdir, first, 100, active=True) as recorder:
        for step in steps:
            recorder.line(step, {"grad_norm": step + 0.5, "cpu_s": cpu_s + step})
            recorder.line(step, {"eval/mel_l1_free": 1 / step})
        return recorder.cpu_s


def test_lines_past_the_resumed_step_are_forgotten_and_those_before_kept(tmp_path: Path) -> None:
    assert record(tmp_path, 0, [1, 2, 3, 4]) == 0
    before = read(tmp_path)
    assert record(tmp_path, 2, [3, 4, 5], cpu_s=100) == 2
    lines = read(tmp_path)
    assert [line["step"] for line in lines] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert lines[:4] == before[:4]
    assert [line["cpu_s"] for line in lines if "cpu_s" in line] == [1, 2, 103, 104, 105]


def test_line_that_a_kill_cut_short_is_forgotten(tmp_path: Path) -> None:
    record(tmp_path, 0, [1, 2])
    path = tmp_path / "metrics.jsonl"
    path.write_text(path.read_text()[:-10])
    record(tmp_path, 2, [3])
    assert [line["step"] for line in read(tmp_path)] == [1, 1, 2, 3, 3]


def test_run_that_begins_anew_forgets_everything(tmp_path: Path) -> None:
    record(tmp_path, 0, [1, 2])
    assert record(tmp_path, 0, [1]) == 0
    assert [line["step"] for line in read(tmp_path)] == [1, 1]


def test_values_that_are_no_numbers_are_still_written(tmp_path: Path) -> None:
    with Recorder(tmp_path, 0, 1, active=True) as recorder:
        recorder.line(1, {"grad_norm": float("nan"), "loss/mel": 1 / 3})
    (line,) = read(tmp_path)
    assert np.isnan(line["grad_norm"]) and line["loss/mel"] == 0.333333


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    with Recorder(tmp_path, 0, 1, active=False) as recorder:
        recorder.line(1, {"grad_norm": 1.0})
        recorder.audio(1, "sample/0", np.zeros(10), 22050)
        recorder.tick()
    assert not list(tmp_path.iterdir())
