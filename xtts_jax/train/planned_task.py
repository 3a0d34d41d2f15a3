"""What the tasks of the loop do alike."""

from typing import Protocol

import numpy as np
import optax

from xtts_jax.config import Config
from xtts_jax.train.optimizer import describe_modules
from xtts_jax.train.state import TrainState


class Plan(Protocol):
    """Which utterances form which batch."""

    def ids(self, step: int) -> list[str]: ...


class PlannedTask:
    """A task whose rate is a schedule's and whose batches are a plan's; see `train.task.Task`."""

    state: TrainState
    _config: Config
    _schedule: optax.Schedule
    _plan: Plan

    def describe(self) -> str:
        return describe_modules(self.state.params, self._config.optim)

    def learning_rate(self, step: int) -> float:
        return float(np.asarray(self._schedule(step)))

    def ids(self, step: int) -> list[str]:
        return self._plan.ids(step)
