"""A few steps on one small batch, at the peak learning rate without warm-up: can the model learn at all?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import load_batch
from xtts_jax.findings import Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train import parallel
from xtts_jax.train.health import Metrics, leaf_names, loggable
from xtts_jax.train.rules import Rules
from xtts_jax.train.state import TrainState
from xtts_jax.train.watch import Watch
from xtts_jax.types import Batch, round_up


def rehearse(
    step: Callable[[TrainState, Any], tuple[TrainState, Metrics]],
    state: TrainState,
    batch: Any,
    config: Config,
    rules: Rules,
) -> tuple[list[Line], list[Finding]]:
    """The lines that a run would log in `preflight.steps` steps, and what `rules` find in them."""
    announce()
    compiled = parallel.compile_step(step, donate_state=True)
    names, lines, found = leaf_names(state.params), [], []
    watch, shards, state = Watch(config, rules), parallel.shard(batch), parallel.replicate(state)
    for number in range(1, config.preflight.steps + 1):
        state, metrics = compiled(state, shards)
        lines.append(log_line(number, jax.device_get(parallel.unreplicate(metrics)), names, config))
        found += watch(lines[-1])
    return lines, found


def announce() -> None:
    print("Preflight: compiling one step on one small batch of your recordings.", flush=True)


def log_line(number: int, metrics: dict[str, np.ndarray], names: list[str], config: Config) -> Line:
    """A step of a rehearsal as a run logs it; `names` are those of the leaves of params."""
    return loggable(metrics, names) | {
        "step": number,
        "learning_rate": config.optim.learning_rate,
        "utterances_not_finite": [],
    }


def small_batch(corpus: Corpus, config: Config) -> Batch:
    """The shortest shape of the plan, cut to `preflight.batch_size` utterances (more if devices need it)."""
    size = round_up(config.preflight.batch_size, jax.local_device_count()) * config.train.accumulate
    small = replace(config, train=replace(config.train, batch_size=size))
    plan = BatchPlan(corpus, small)
    shortest = min(range(plan.steps_per_epoch), key=lambda i: plan[i].bucket.frames)
    return load_batch(corpus, small, plan[shortest])
