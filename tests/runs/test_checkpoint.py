"""Which checkpoints are kept, which one is loaded, and what messages say about those that cannot be read."""

import shutil
from pathlib import Path

import jax
import numpy as np
import pytest
from stepped_run import kept, state, train

from xtts_jax.errors import UserError
from xtts_jax.runs import checkpoint
from xtts_jax.train.state import TrainState


def test_best_is_the_lowest_error_and_is_kept_beside_the_newest_two(tmp_path: Path) -> None:
    train(tmp_path, {1: 0.9, 2: 0.3, 3: 0.7, 4: 0.5, 5: 0.6})
    assert kept(tmp_path) == [2, 4, 5]
    params, step = checkpoint.load_params(tmp_path)
    assert step == 2
    np.testing.assert_array_equal(params["decoder"]["kernel"], -2.0)


def test_named_step_is_loaded_instead_of_the_best(tmp_path: Path) -> None:
    train(tmp_path, {1: 0.3, 2: 0.9})
    params, step = checkpoint.load_params(tmp_path, step=2)
    assert step == 2
    np.testing.assert_array_equal(params["decoder"]["kernel"], -2.0)
    with pytest.raises(UserError, match=r"no checkpoint of step 7. It has: 1, 2"):
        checkpoint.load_params(tmp_path, step=7)


def test_every_nth_is_always_kept(tmp_path: Path) -> None:
    train(tmp_path, {1: 0.1, 2: 0.9, 3: 0.8, 4: 0.7, 5: 0.6, 6: 0.5, 7: 0.4, 8: 0.3}, keep_every=3)
    assert kept(tmp_path) == [1, 3, 6, 7, 8]


def test_checkpoint_without_an_evaluation_is_neither_best_nor_kept_for_long(tmp_path: Path) -> None:
    train(tmp_path, {1: None, 2: 0.4, 3: None, 4: None, 5: None})
    assert kept(tmp_path) == [2, 4, 5]
    assert checkpoint.is_measured(tmp_path, 2)
    assert checkpoint.load_params(tmp_path)[1] == 2


def test_error_measured_later_counts_from_then_on(tmp_path: Path) -> None:
    train(tmp_path, {1: 0.4, 2: None})
    manager = checkpoint.open_manager(tmp_path)
    checkpoint.add_error(manager, 2, 0.2)
    assert checkpoint.load_params(tmp_path)[1] == 2
    for step in (3, 4, 5):
        checkpoint.save(manager, step, state(step), 0.3)
    checkpoint.finish(manager)
    assert kept(tmp_path) == [2, 4, 5]


def test_newest_is_loaded_where_none_was_evaluated(tmp_path: Path) -> None:
    train(tmp_path, {1: None, 2: None})
    assert checkpoint.load_params(tmp_path)[1] == 2
    assert not checkpoint.is_measured(tmp_path, 2)


def test_state_comes_back_whole(tmp_path: Path) -> None:
    train(tmp_path, {3: 0.5})
    restored, step = checkpoint.restore(tmp_path, state(0))
    assert step == 3 and isinstance(restored, TrainState)
    assert int(restored.step) == 3 and int(restored.skipped) == 0
    np.testing.assert_array_equal(restored.params["decoder"]["kernel"], 3.0)
    np.testing.assert_array_equal(restored.ema["decoder"]["kernel"], -3.0)
    np.testing.assert_array_equal(jax.tree.leaves(restored.opt_state)[0], 30.0)


def test_state_of_another_shape_is_refused(tmp_path: Path) -> None:
    train(tmp_path, {3: 0.5})
    with pytest.raises(UserError, match="checkpoint of step 3"):
        checkpoint.restore(tmp_path, state(0, width=5))


def test_missing_and_unfinished_runs_have_messages_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trained run"):
        checkpoint.load_params(tmp_path / "nowhere")
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(UserError, match="no finished checkpoint yet"):
        checkpoint.load_params(tmp_path)


def test_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    train(tmp_path, {3: 0.5})
    shutil.rmtree(tmp_path / "checkpoints" / "3" / "params" / "d")
    shutil.rmtree(tmp_path / "checkpoints" / "3" / "params" / "ocdbt.process_0")
    with pytest.raises(UserError, match=r"step 3.*damaged.*Restore the folder") as refusal:
        checkpoint.load_params(tmp_path)
    assert "\n" not in str(refusal.value)
