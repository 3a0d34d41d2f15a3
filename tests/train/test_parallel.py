"""One device, as the tests have it; eight are in tests/e2e/test_devices.py."""

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
