"""The checkpoints of a run: written while it trains, and read to resume it or to speak.

Each step in `checkpoints/` holds two items: `params` (the averaged params, which is all that synthesis
needs) and `state` (the rest of the training state). Where the checkpoint that is wanted cannot be read, the
next best one is.
"""

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers as policies

from xtts_jax.errors import UserError, notify
from xtts_jax.runs.orbax_noise import keep_orbax_quiet
from xtts_jax.runs.own_files import WEIGHTS
from xtts_jax.runs.settings import write_json

FOLDER, DAMAGED = "checkpoints", "damaged"
_ERROR = "error"  # the metric that the best checkpoint is chosen by, lowest first
_METRICS = "metrics"  # the item that holds it, and the file in it
_LONGEST_CAUSE = 200  # characters


Read = Callable[[Path], Any]  # something of a checkpoint, from its folder


def open_manager(workdir: Path, keep_every: int = 0) -> ocp.CheckpointManager:
    """Keeps the newest two, the one with the lowest error and, if not 0, every `keep_every`-th step."""
    keep_orbax_quiet()
    keep: list[policies.PreservationPolicy] = [
        policies.LatestN(2),
        policies.BestN(get_metric_fn=_best, reverse=True, n=1, keep_checkpoints_without_metrics=False),
    ]
    if keep_every:
        keep.append(policies.EveryNSteps(keep_every))
    options = ocp.CheckpointManagerOptions(
        best_fn=_best,
        best_mode="min",
        preservation_policy=policies.AnyPreservationPolicy(keep),
        create=False,
        multiprocessing_options=_alone(),
    )
    (workdir / FOLDER).mkdir(parents=True, exist_ok=True)
    return ocp.CheckpointManager((workdir / FOLDER).absolute(), options=options)


def _alone() -> ocp.options.MultiprocessingOptions:
    """Orbax would wait for the other processes of a group, none of which saves or reads with this one."""
    here = jax.process_index()
    return ocp.options.MultiprocessingOptions(
        primary_host=here, active_processes={here}, barrier_sync_key_prefix=f"process_{here}"
    )


def _best(metrics: dict[str, float]) -> float:
    return metrics[_ERROR]


def save(manager: ocp.CheckpointManager, step: int, state: Any, error: float | None) -> None:
    """Starts an asynchronous save of a `TrainState`; `error`, if any, was measured at this very step."""
    items = ocp.args.Composite(
        params=ocp.args.StandardSave(state.ema),
        state=ocp.args.StandardSave(state._replace(ema=None)),
    )
    with _full_disk_reported(manager):  # in this save or the one before
        manager.save(step, args=items, metrics=None if error is None else {_ERROR: error})


def add_error(manager: ocp.CheckpointManager, step: int, error: float) -> None:
    """Adds the error of a saved step, measured later."""
    write_json(Path(manager.directory) / str(step) / _METRICS / _METRICS, {_ERROR: error})
    manager.reload()


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
        if not (refused := re.search(r"os_error_code='(\d+)'", str(error))):
            raise
        why = os.strerror(int(refused[1]))
        raise UserError(
            f"A checkpoint could not be written to {manager.directory}: {why}. Make room there or fix its "
            "permissions, then run the same command again to go on from the last whole checkpoint."
        ) from error


def saved_steps(workdir: Path) -> list[int]:
    """The steps of the checkpoints of a run, oldest first. Opens none: another process may be training."""
    return sorted(int(path.name) for path in (workdir / FOLDER).glob("*") if path.name.isdigit())


def restore(workdir: Path, like: Any) -> tuple[Any, int]:
    """The newest checkpoint that can be read: its `TrainState`, of the structure of `like`, and its step.

    Newer ones are moved to `damaged/`, so that training can write their steps again; so are measured errors
    that cannot be read. Raises `UserError`, and moves nothing, where no checkpoint can be read.
    """
    steps = saved_steps(workdir)
    step, state = _first_readable(workdir, steps[::-1], partial(_whole, like=like))
    for newer in steps[steps.index(step) + 1 :]:
        _set_aside(workdir, Path(str(newer)))
    for older in steps[: steps.index(step) + 1]:
        metrics = Path(str(older), _METRICS)
        if _error(workdir, older) is None and (workdir / FOLDER / metrics).exists():
            _set_aside(workdir, metrics)
    return state, step


def _set_aside(workdir: Path, part: Path) -> None:
    """Moves a step, or an item of it, from `checkpoints/` to `damaged/`."""
    name = "-".join(part.parts)
    taken = len(list((workdir / DAMAGED).glob(f"{name}*")))
    place = workdir / DAMAGED / (f"{name}-{taken}" if taken else name)
    place.parent.mkdir(exist_ok=True)
    (workdir / FOLDER / part).rename(place)
    notify(f"{workdir / FOLDER / part} is damaged, and was moved to {place}.", stacklevel=3)


def load_params(workdir: Path, step: int | None = None, like: Any = None) -> tuple[Any, int]:
    """The averaged params of a run and their step: those of `step`, or of the best that can be read."""
    best = find_step(workdir, step)
    others = [] if step is not None else [other for other in _best_first(workdir) if other != best]
    step, params = _first_readable(workdir, [best, *others], partial(_arrays, item="params", like=like))
    return params, step


def is_readable(workdir: Path, step: int) -> bool:
    """Whether all of a checkpoint can be read, which takes as long as reading it."""
    try:
        _read(workdir, step, _whole)
    except UserError:
        return False
    return True


def find_step(workdir: Path, step: int | None = None) -> int:
    """`step` if it has a checkpoint, or the best one. Raises `UserError` where there is none."""
    if not (workdir / FOLDER).is_dir():
        raise UserError(
            f"There is no trained run in {workdir}: it has no checkpoints folder, nor the {WEIGHTS} of a "
            "packed voice. If its training ended before its first save, run its command again; otherwise "
            "give the --workdir of another one, or copy the packed voice again."
        )
    steps = _best_first(workdir)
    if not steps:
        raise UserError(f"{workdir} has no finished checkpoint yet. Let the training reach its first save.")
    if step is not None and step not in steps:
        raise UserError(
            f"{workdir} has no checkpoint of step {step}. It has: {', '.join(map(str, sorted(steps)))}."
        )
    return steps[0] if step is None else step


def is_measured(workdir: Path, step: int) -> bool:
    """Whether the error is known by which a checkpoint is compared with the others of its run."""
    return _error(workdir, step) is not None


def _best_first(workdir: Path) -> list[int]:
    """Steps by their measured error, lowest first; then those without one, newest first."""
    errors = {step: _error(workdir, step) for step in saved_steps(workdir)}
    return sorted(errors, key=lambda step: (errors[step] is None, errors[step] or 0.0, -step))


def _error(workdir: Path, step: int) -> float | None:
    """None where it was not measured, or cannot be read."""
    try:
        error = json.loads((workdir / FOLDER / str(step) / _METRICS / _METRICS).read_bytes())[_ERROR]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return error if isinstance(error, int | float) and math.isfinite(error) else None


def _first_readable(workdir: Path, steps: Sequence[int], read: Read) -> tuple[int, Any]:
    failures: list[UserError] = []
    for step in steps:
        try:
            restored = _read(workdir, step, read)
        except UserError as error:
            failures.append(error)
            continue
        if failures:
            notify(f"{failures[0]} That of step {step} is used instead.", stacklevel=3)
        return step, restored
    older = " Nor can any other of this run." if failures[1:] else ""
    raise UserError(
        f"{failures[0]}{older} Restore the folder from a copy, or use the version and configuration that it "
        "was written with."
    ) from failures[0]


def _read(workdir: Path, step: int, read: Read) -> Any:
    try:
        return read((workdir / FOLDER / str(step)).absolute())
    except Exception as error:  # Orbax and TensorStore raise many types, among them plain Exception
        raise UserError(
            f"The checkpoint of step {step} in {workdir / FOLDER} cannot be read: it is damaged, or was "
            f"written with another configuration of the model or version of this project ({_cause(error)})."
        ) from error


def _whole(folder: Path, like: Any = None) -> Any:
    params = _arrays(folder, "params", like and like.ema)
    state = _arrays(folder, "state", like and like._replace(ema=None))
    return like and state._replace(ema=params)


def _arrays(folder: Path, item: str, like: Any) -> Any:
    """Without a manager, which opens only where the metrics of all steps can be read."""
    keep_orbax_quiet()
    with ocp.StandardCheckpointer(multiprocessing_options=_alone()) as reader:
        return reader.restore(folder / item, like)


def _cause(error: BaseException) -> str:
    """The first sentences of the innermost message: Orbax wraps it in pages."""
    while error.__cause__:
        error = error.__cause__
    message = " ".join(str(error).split()) or type(error).__name__
    return message if len(message) <= _LONGEST_CAUSE else f"{message[:_LONGEST_CAUSE]} ..."
