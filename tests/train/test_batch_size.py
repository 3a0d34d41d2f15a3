"""The largest batch that fits: how it is searched for, and that a real run finds and keeps it."""

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.train import memory, parallel, processes
from xtts_jax.train.batch_size import Bounds, measure


def largest(needed: Callable[[int], float], limit: float, most: int, fewest: int = 1) -> tuple[int, int]:
    """What is found, and in how many compilations."""
    found = measure(needed, limit, Bounds(1, fewest, most))
    return max((units for units, size in found.items() if size <= limit), default=0), len(found)


def line(units: int) -> float:
    return 10 + 2.0 * units


def test_few_sizes_are_tried_where_memory_grows_evenly() -> None:
    assert largest(line, 1010, 10_000) == (500, 3)
    assert largest(line, 1010, 32) == (32, 1)  # all there are
    assert largest(line, 50, 32) == (20, 3)
    assert largest(line, 11, 10_000) == (0, 1)
    assert largest(line, 100_000, 300) == (300, 3)


def test_a_size_that_does_not_fit_is_never_given() -> None:
    def bent(units: int) -> float:
        return line(units) + 0.002 * units**2

    size, compilations = largest(bent, 1010, 10_000)
    assert bent(size) <= 1010 < bent(int(1.3 * size)) and compilations <= 5

    def refused(units: int) -> float:
        return math.inf if units > 100 else line(units)

    size, compilations = largest(refused, 1010, 10_000)
    assert 4 <= size <= 100 and compilations <= 5
    assert largest(lambda units: math.inf, 1010, 10_000)[0] == 0


def test_memory_of_a_step_grows_with_the_rows() -> None:
    def step(state: jax.Array, batch: jax.Array) -> tuple[jax.Array, jax.Array]:
        made = jnp.sin(batch[:, :, None] * state[None, None])
        return state + jnp.tanh(made @ made.swapaxes(1, 2)).sum(), jax.lax.pmean(
            made.mean(), parallel.DEVICES
        )

    state, batch = jnp.ones((64,)), np.ones((1, 128), np.float32)
    sizes = [parallel.memory_of_step(step, state, batch, rows) for rows in (2, 4, 8)]
    shapes = jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), (state[None], np.ones((1, 8, 128), np.float32))
    )
    alone = parallel._alone(step).lower(*shapes).compile()  # as in a group of processes
    assert parallel.memory_needed(alone) == pytest.approx(sizes[2], rel=0.01)
    assert sizes[0] > 2 * 128 * 64 * 4
    assert sizes[2] - sizes[1] == pytest.approx(2 * (sizes[1] - sizes[0]), rel=0.1)


def test_memory_of_the_machine_is_what_is_available_to_its_container(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")
    assert memory._available(tmp_path / "meminfo") == 4000 * 1024
    assert memory._left(tmp_path) == 2**63
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("2000\n")
    assert memory._left(tmp_path) == 3000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory._left(tmp_path) == 2**63


def test_processes_on_one_machine_share_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "of_machine", lambda: 8000)
    alone = memory.limit()
    hosts = {"xtts_jax/host_0": "one", "xtts_jax/host_1": "other", "xtts_jax/host_2": "one"}
    store = SimpleNamespace(blocking_key_value_get=lambda key, timeout_ms: hosts[key])
    monkeypatch.setattr(processes, "_store", lambda: store)
    monkeypatch.setattr(jax, "process_count", lambda: 3)
    assert memory.limit() == alone / 2
