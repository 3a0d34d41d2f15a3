"""What the loop needs to know of what it trains."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import grain

from xtts_jax.findings import Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.health import Metrics
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.state import TrainState


class Task(Protocol):
    """Between its first line and its last a run is the same whatever it trains; the rest is here.

    Methods that take a state get it replicated, as the compiled step returns it.
    """

    state: TrainState  # before the first step
    batches: grain.DatasetIterator[Any]
    closing: str  # what the user may do with the finished run

    def step(self, number: int) -> Callable[[TrainState, Any], tuple[TrainState, Metrics]]:
        """Pure, on one device's share of a batch; the same function for all steps that are one program."""
        ...

    def preflight(self) -> list[Finding]:
        """What shows, in a handful of steps, that this cannot learn."""
        ...

    def describe(self) -> str:
        """The start-up table."""
        ...

    def learning_rate(self, step: int) -> float: ...

    def ids(self, step: int) -> list[str]:
        """The utterances of a training batch, in its order."""
        ...

    def frames(self, batch: Any) -> int:
        """Mel frames in a batch, for the speed."""
        ...

    def evaluate(self, state: TrainState) -> dict[str, float]: ...

    def summarize(self, metrics: dict[str, float]) -> str:
        """An evaluation in one line."""
        ...

    def error(self, metrics: dict[str, float]) -> float:
        """The figure of an evaluation that chooses the best checkpoint: the lowest."""
        ...

    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None: ...

    def watch(self, line: Line) -> list[Finding]: ...
