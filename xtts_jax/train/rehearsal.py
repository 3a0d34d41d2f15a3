"""A handful of steps on one batch for ever, at the peak rate without warm-up: can this learn?"""

from collections.abc import Callable
from typing import Any

import jax

from xtts_jax.config import Config
from xtts_jax.findings import Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train import parallel
from xtts_jax.train.health import Metrics, leaf_names, loggable
from xtts_jax.train.state import TrainState
from xtts_jax.train.watch import Watch


def rehearse(
    step: Callable[[TrainState, Any], tuple[TrainState, Metrics]],
    state: TrainState,
    batch: Any,
    config: Config,
) -> tuple[list[Line], list[Finding]]:
    """The lines that a log would have of `preflight.steps` steps, and what they show to be wrong."""
    print("Preflight: compiling one step on one small batch of your recordings.", flush=True)
    compiled = parallel.compile_step(step, donate_state=True)
    names, lines, found = leaf_names(state.params), [], []
    watch, shards, state = Watch(config), parallel.shard(batch), parallel.replicate(state)
    for number in range(1, config.preflight.steps + 1):
        state, metrics = compiled(state, shards)
        line = loggable(jax.device_get(parallel.unreplicate(metrics)), names)
        line |= {"step": number, "learning_rate": config.optim.learning_rate, "utterances_not_finite": []}
        lines.append(line)
        found += watch(line)
    return lines, found
