"""Run folders: what is written while training, and read back to resume or to speak.

A run folder explains itself: `config.json`, `tokenizer.json`, `stats.json`, one reference clip per
speaker, and `checkpoints/`, whose steps hold three items: `params` (the averaged params, all that
synthesis needs), `state` (the rest of the training state) and `data` (the data iterator).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers as policies

from xtts_jax.errors import UserError

_ERROR = "error"  # under this name the figure that chooses the best checkpoint is kept with it


def open_manager(workdir: Path, keep_every: int = 0) -> ocp.CheckpointManager:
    """Keeps the newest two, the one of the lowest error, and every `keep_every`-th step for good."""
    logging.getLogger("absl").setLevel(logging.CRITICAL)  # Orbax logs a traceback of all it raises
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
    """Starts an asynchronous save of a `train.state.TrainState`; `error`, if any, is of this very step."""
    items = ocp.args.Composite(
        params=ocp.args.StandardSave(state.ema),
        state=ocp.args.StandardSave(state._replace(ema=None)),
        data=ocp.args.JsonSave(data),
    )
    with _full_disk_told(manager):  # of this save or of the one before
        manager.save(step, args=items, metrics=None if error is None else {_ERROR: error})


def finish(manager: ocp.CheckpointManager) -> None:
    """Waits until every save is on disk."""
    with _full_disk_told(manager):
        manager.wait_until_finished()


@contextmanager
def _full_disk_told(manager: ocp.CheckpointManager) -> Iterator[None]:
    """TensorStore reports what the system refused as a ValueError."""
    try:
        yield
    except ValueError as error:
        if "os_error_code=" not in str(error):
            raise
        raise UserError(
            f"A checkpoint could not be written to {manager.directory}: {error}. Make room there or mend its "
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
    """The averaged params of a run: those of `step`, or of its best checkpoint."""
    manager, chosen = find_step(workdir, step)
    restored = _guarded(manager, chosen, ocp.args.Composite(params=ocp.args.StandardRestore(like)))
    return restored["params"], chosen


def is_saved(workdir: Path) -> bool:
    """Whether a run has a checkpoint to go on from. Opens nothing: another process may be training there."""
    return any(path.name.isdigit() for path in (workdir / "checkpoints").glob("*"))


def find_step(workdir: Path, step: int | None = None) -> tuple[ocp.CheckpointManager, int]:
    """The checkpoint of `step`, or the best; `UserError` where there is none."""
    if not (workdir / "checkpoints").is_dir():
        raise UserError(
            f"There is no trained run in {workdir}: it has no checkpoints folder. Give the --workdir "
            "of a run_train.py run that has saved at least once."
        )
    manager = open_manager(workdir)
    steps = manager.all_steps()
    if not steps:
        raise UserError(f"{workdir} holds no finished checkpoint yet. Let the training reach its first save.")
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
            "or was written with another model configuration or version of this project; if it is damaged, "
            "delete that step's folder to fall back to an older one."
        ) from error
