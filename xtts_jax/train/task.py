"""What the loop trains: an interface that every family implements."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import optax

from xtts_jax.config import Config
from xtts_jax.data.ahead import LoadedAhead
from xtts_jax.findings import Finding
from xtts_jax.train.health import Metrics
from xtts_jax.train.optimizer import describe_modules
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.state import TrainState


class Plan(Protocol):
    """Which utterances form which batch."""

    most: int  # examples that a batch can have without repeating any

    def ids(self, step: int) -> list[str]: ...


class Task(ABC):
    """A model with its data, steps and evaluation; the loop does the rest, alike for all families.

    Methods that take a state get it replicated over the devices, as the compiled step returns it.
    """

    state: TrainState  # before the first step
    batches: LoadedAhead[Any]
    closing: str  # what to do with the finished run, for the user
    _config: Config
    _schedule: optax.Schedule
    _plan: Plan

    @abstractmethod
    def step(self, number: int) -> Callable[[TrainState, Any], tuple[TrainState, Metrics]]:
        """A pure function of one device's share of a batch.

        Steps of the same program get the same function, which the loop compiles once.
        """

    @abstractmethod
    def preflight(self) -> list[Finding]:
        """What a few steps on one batch show to be wrong before the run begins."""

    @abstractmethod
    def largest(self) -> Any:
        """A batch of the largest shape that comes, with one example or more."""

    @abstractmethod
    def frames(self, batch: Any) -> int:
        """Mel frames in a batch, from which the loop computes its speed."""

    @abstractmethod
    def evaluate(self, state: TrainState) -> dict[str, float]:
        """Metrics of held-out recordings, by name without the `eval/` they are logged under."""

    @abstractmethod
    def summarize(self, metrics: dict[str, float]) -> str:
        """An evaluation in one line."""

    @abstractmethod
    def error(self, metrics: dict[str, float], step: int) -> float:
        """The figure of the evaluation at `step`; its lowest value selects the best checkpoint."""

    @abstractmethod
    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None:
        """Writes what the model makes of held-out recordings to `samples/` of the run folder."""

    def describe(self) -> str:
        """The start-up table of modules."""
        return describe_modules(self.state.params, self._config.optim)

    def learning_rate(self, step: int) -> float:
        return float(np.asarray(self._schedule(step)))

    @property
    def most(self) -> int:
        """The examples that a batch can have without repeating any."""
        return self._plan.most

    def ids(self, step: int) -> list[str]:
        """The utterances of a training batch, in its order."""
        return self._plan.ids(step)
