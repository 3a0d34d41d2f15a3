"""One device, as the tests have it; eight are in tests/e2e/test_devices.py."""

from typing import Any

import jax
import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.train import parallel


def test_replicated_tree_comes_back() -> None:
    tree = {"kernel": np.arange(6.0).reshape(2, 3), "step": np.int32(7)}
    there = parallel.replicate(tree)
    assert there["kernel"].shape == (1, 2, 3)
    back = parallel.unreplicate(there)
    np.testing.assert_array_equal(back["kernel"], tree["kernel"])
    assert int(back["step"]) == 7


def test_shards_have_a_leading_axis_of_devices() -> None:
    shards = parallel.shard((np.arange(8).reshape(4, 2), np.arange(4)))
    assert shards[0].shape == (1, 4, 2) and shards[1].shape == (1, 4)


def test_batch_must_be_a_multiple_of_its_parts() -> None:
    parallel.check_batch_size(12, 4)
    with pytest.raises(UserError, match=r"train.batch_size is 10.*multiple of 4"):
        parallel.check_batch_size(10, 4)


def test_step_is_compiled_once_for_each_shape_and_its_cost_is_told() -> None:
    told: list[tuple[float, int]] = []

    def step(state: Any, batch: Any) -> tuple[Any, Any]:
        return state + batch.sum(), jax.lax.pmean(batch.mean(), parallel.DEVICES)

    run = parallel.Programs(step, lambda seconds, needed: told.append((seconds, needed)))
    state = parallel.replicate(np.float32(1))
    for length in (4, 6, 4, 6):
        state, mean = run(state, parallel.shard(np.ones((length, 2), np.float32)))
        assert float(parallel.unreplicate(mean)) == 1
    assert float(parallel.unreplicate(state)) == 41
    assert len(told) == 2
    assert all(seconds > 0 and needed > 0 for seconds, needed in told)


def test_lack_of_memory_is_explained_and_other_errors_are_not() -> None:
    full = jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes")
    with (
        pytest.raises(UserError, match=r"train.batch_size=64 with train.accumulate=2"),
        parallel.memory_explained(64, 2),
    ):
        raise full
    with pytest.raises(jax.errors.JaxRuntimeError), parallel.memory_explained(64, 2):
        raise jax.errors.JaxRuntimeError("INTERNAL: something else")
