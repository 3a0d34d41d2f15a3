"""What a run shows its user: `metrics.jsonl`, TensorBoard files, a progress bar."""

import importlib.util
import json
import math
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from tqdm import tqdm

from xtts_jax.findings import Finding
from xtts_jax.runs.metrics_log import finding_line, whole_lines

_IN_THE_BAR = {"loss": "loss/total", "mel": "mel_l1", "frames/s": "frames_per_s"}


class Recorder:
    """Writes on the first process only; on the others every method does nothing."""

    def __init__(self, workdir: Path, first_step: int, steps: int, *, active: bool) -> None:
        self._path = workdir / "metrics.jsonl"
        self._board = _tensorboard(workdir) if active else None
        self._active = active
        self._bar = tqdm(total=steps, initial=first_step, unit="step", dynamic_ncols=True, disable=not active)
        self.cpu_s = self._drop_lines_after(first_step) if active else 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        self._bar.close()
        try:
            if self._board:
                self._board.close()
        except OSError:  # as where the disk is full, of which its thread and its exit handler tell as well
            threading.excepthook = _without_os_errors(threading.excepthook)
            sys.unraisablehook = _without_os_errors(sys.unraisablehook)
            if error is None:
                raise

    def tick(self) -> None:
        self._bar.update()

    def say(self, message: str) -> None:
        if self._active:
            self._bar.write(message)

    def line(self, step: int, values: dict[str, float | list[str]]) -> dict[str, Any]:
        """Writes a line to `metrics.jsonl` and its numbers to TensorBoard; returns the line as written."""
        numbers = {
            name: float(f"{value:.6g}") for name, value in values.items() if not isinstance(value, list)
        }
        line = {"step": step, **values, **numbers}
        self._append(line)
        if "loss/total" in numbers:
            shown = {name: numbers[key] for name, key in _IN_THE_BAR.items() if key in numbers}
            self._bar.set_postfix({name: f"{value:.4g}" for name, value in shown.items()})
        if self._board:
            for name, value in filter(lambda item: math.isfinite(item[1]), numbers.items()):
                self._board.add_scalar(name, value, step)
        return line

    def finding(self, step: int, finding: Finding) -> None:
        """Shows it in the terminal, and writes it as a line of `metrics.jsonl`."""
        self.say(f"step {step}, {finding}")
        self._append(finding_line(step, finding))

    def _append(self, line: dict[str, Any]) -> None:
        if self._active:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def picture(self, step: int, name: str, figure: Any) -> None:
        if self._board:
            self._board.add_figure(name, figure, step, close=False)

    def audio(self, step: int, name: str, audio: np.ndarray, sample_rate: int) -> None:
        if self._board:
            self._board.add_audio(name, audio, step, sample_rate=sample_rate)

    def _drop_lines_after(self, step: int) -> float:
        """Drops what a killed run wrote past the checkpoint it resumes from; returns the CPU seconds kept."""
        if not self._path.exists():
            return 0.0
        kept = [line for line in whole_lines(self._path) if line["step"] <= step]
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        temporary.replace(self._path)
        return max((line["cpu_s"] for line in kept if "cpu_s" in line), default=0.0)


def _without_os_errors(hook: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda found: None if issubclass(found.exc_type, OSError) else hook(found)


def _tensorboard(workdir: Path) -> Any:
    if importlib.util.find_spec("tensorboardX") is None:
        print("TensorBoard files are off: the package tensorboardX is not installed.")
        return None
    from tensorboardX import SummaryWriter

    return SummaryWriter(str(workdir))
