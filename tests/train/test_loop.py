"""The loop of a run, with a task that trains nothing."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from xtts_jax.config import Config
from xtts_jax.errors import InterruptionError, UserError
from xtts_jax.train import loop

STEPS = 3


class Idle:
    """Ends each step at once, and sends itself a signal in one of them."""

    state = SimpleNamespace(params={"kernel": np.zeros(1)})

    def __init__(self, stopped_at: int, kind: signal.Signals) -> None:
        self._stopped_at, self._kind = stopped_at, kind
        self.batches = iter(range(STEPS))

    def step(self, number: int) -> Any:
        return self._step

    def _step(self, state: int, batch: int) -> tuple[int, dict[str, np.ndarray]]:
        if state + 1 == self._stopped_at:
            os.kill(os.getpid(), self._kind)
        return state + 1, {"utterance_finite": np.ones(1, bool)}

    def learning_rate(self, number: int) -> float:
        return 0.0

    def frames(self, batch: int) -> int:
        return 1


class Unlogged(loop._Run):
    def _log(self, number: int, metrics: Any, values: Any) -> list[Any]:
        return []

    def _evaluate(self, number: int, state: Any) -> tuple[float, list[Any]]:
        return 0.0, []

    def _save(self, number: int, state: Any, error: float | None) -> None:
        self.saved = number


def go(
    config: Config,
    stopped_at: int,
    monkeypatch: pytest.MonkeyPatch,
    kind: signal.Signals = signal.SIGTERM,
) -> int:
    """The step that is saved last."""
    for name in ("shard", "unreplicate"):
        monkeypatch.setattr(loop.parallel, name, lambda tree: tree)
    monkeypatch.setattr(loop.parallel, "Programs", lambda step, _: step)
    monkeypatch.setattr(loop.checkpoint, "finish", lambda manager: None)
    few = replace(config, train=replace(config.train, steps=STEPS))
    quiet: Any = SimpleNamespace(cpu_s=0.0, tick=lambda: None, say=print)
    task: Any = Idle(stopped_at, kind)
    nothing, first = cast(Any, None), cast(Any, 0)
    run = Unlogged(few, Path("run"), task, nothing, nothing, quiet)
    try:
        run.go(first, 0)
    finally:
        assert run.saved == min(stopped_at, STEPS)
    return run.saved


def test_stop_signal_ends_the_run_with_what_is_left_to_do(
    tiny_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"Stopped by SIGTERM at step 2 of 3.* again to go on\.") as stopped:
        go(tiny_config, 2, monkeypatch)
    assert not isinstance(stopped.value, InterruptionError)  # which ends with another status
    with pytest.raises(InterruptionError, match=r"Stopped by SIGINT at step 2 of 3.* again to go on\."):
        go(tiny_config, 2, monkeypatch, signal.SIGINT)
    with pytest.raises(UserError, match=r"Stopped by SIGTERM at step 3 of 3.* again for its last evaluation"):
        go(tiny_config, STEPS, monkeypatch)
    assert go(tiny_config, STEPS + 1, monkeypatch) == STEPS


def test_process_of_another_precision_than_the_leaders_is_refused(
    tiny_config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loop, "from_leader", lambda _: "bfloat16")
    with pytest.raises(UserError, match=r"in float32, because compute_dtype is auto, .* in bfloat16"):
        loop.train(tiny_config, tmp_path / "run", cast(Any, None))
    assert not (tmp_path / "run").exists()
