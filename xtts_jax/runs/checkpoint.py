"""The checkpoints of a run: written while it trains, and read to resume it or to speak.

Each step in `checkpoints/` holds three items: `params` (the averaged params, which is all that synthesis
needs), `state` (the rest of the training state) and `data` (the state of the data iterator).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers as policies

from xtts_jax.errors import UserError

_ERROR = "error"  # the metric that the best checkpoint is chosen by, lowest first


def open_manager(workdir: Path, keep_every: int = 0) -> ocp.CheckpointManager:
    """Keeps the newest two, the one with the lowest error and, if not 0, every `keep_every`-th step."""
    logging.getLogger("absl").setLevel(
        logging.CRITICAL
    )  # Orbax logs a traceback of every exception it raises
    keep: list[policies.PreservationPolicy] = [
        policies.LatestN(2),
        policies.BestN(get_metric_fn=_best, reverse=True, n=1, keep_checkpoints_without_metrics=False),
    ]
    if keep_every:
        keep.append(policies.EveryNSteps(keep_every))
    options = ocp.CheckpointManagerOptions(
        best_fn=_best, best_mode="min", preservation_policy=policies.AnyPreservationPolicy(keep)
    )
    return ocp.CheckpointManager((workdir / "checkpoints").absolute(), options=options)


def _best(metrics: dict[str, float]) -> float:
    return metrics[_ERROR]


def save(
    manager: ocp.CheckpointManager,
    step: int,
    state: Any,
    data: dict[str, Any],
    error: float | None,
) -> None:
    """Starts an asynchronous save of a `TrainState`; `error`, if any, was measured at this very step."""
    items = ocp.args.Composite(
        params=ocp.args.StandardSave(state.ema),
        state=ocp.args.StandardSave(state._replace(ema=None)),
        data=ocp.args.JsonSave(data),
    )
    with _full_disk_reported(manager):  # in this save or the one before
        manager.save(step, args=items, metrics=None if error is None else {_ERROR: error})


def finish(manager: ocp.CheckpointManager) -> None:
    """Waits until every save is on disk."""
    with _full_disk_reported(manager):
        manager.wait_until_finished()


@contextmanager
def _full_disk_reported(manager: ocp.CheckpointManager) -> Iterator[None]:
    """Raises `UserError` for what the system refused, which TensorStore reports as a ValueError."""
    try:
        yield
    except ValueError as error:
        if "os_error_code=" not in str(error):
            raise
        raise UserError(
            f"A checkpoint could not be written to {manager.directory}: {error}. Make room there or fix its "
            "permissions, then run the same command again to go on from the last whole checkpoint."
        ) from error


def restore(manager: ocp.CheckpointManager, step: int, like: Any) -> tuple[Any, dict[str, Any]]:
    """The `TrainState` saved at `step`, with the structure of `like`, and the data iterator's state."""
    restored = _guarded(
        manager,
        step,
        ocp.args.Composite(
            params=ocp.args.StandardRestore(like.ema),
            state=ocp.args.StandardRestore(like._replace(ema=None)),
            data=ocp.args.JsonRestore(),
        ),
    )
    return restored["state"]._replace(ema=restored["params"]), restored["data"]


def load_params(workdir: Path, step: int | None = None, like: Any = None) -> tuple[Any, int]:
    """The averaged params of a run, from the checkpoint of `step` or the best, and that step."""
    manager, chosen = find_step(workdir, step)
    restored = _guarded(manager, chosen, ocp.args.Composite(params=ocp.args.StandardRestore(like)))
    return restored["params"], chosen


def is_saved(workdir: Path) -> bool:
    """Whether a run has a checkpoint to resume from. Opens none: another process may be training there."""
    return any(path.name.isdigit() for path in (workdir / "checkpoints").glob("*"))


def find_step(workdir: Path, step: int | None = None) -> tuple[ocp.CheckpointManager, int]:
    """The checkpoint of `step`, or the best one. Raises `UserError` where there is none."""
    if not (workdir / "checkpoints").is_dir():
        raise UserError(
            f"There is no trained run in {workdir}: it has no checkpoints folder. Give the folder of a "
            "training that has saved at least once, the --workdir of run_train.py."
        )
    manager = open_manager(workdir)
    steps = manager.all_steps()
    if not steps:
        raise UserError(f"{workdir} has no finished checkpoint yet. Let the training reach its first save.")
    chosen = step if step is not None else manager.best_step() or max(steps)
    if chosen not in steps:
        raise UserError(
            f"{workdir} has no checkpoint of step {step}. It has: {', '.join(map(str, sorted(steps)))}."
        )
    return manager, chosen


def _guarded(manager: ocp.CheckpointManager, step: int, args: ocp.args.Composite) -> Any:
    try:
        return manager.restore(step, args=args)
    except (ValueError, KeyError, FileNotFoundError, TypeError) as error:
        raise UserError(
            f"The checkpoint of step {step} in {manager.directory} cannot be read: {error}. It is damaged, "
            "or was written with another configuration of the model or version of this project. If it is "
            "damaged, delete the folder of that step, so that an older one is used."
        ) from error
