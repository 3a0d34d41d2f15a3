"""The params of a run: those of a checkpoint, or of a packed voice, which has one and needs no Orbax."""

from pathlib import Path
from typing import Any

from xtts_jax.errors import UserError
from xtts_jax.runs import packed
from xtts_jax.runs.own_files import is_packed


def find_step(workdir: Path, step: int | None = None) -> int:
    """`step` if it has params, or the best one. Raises `UserError` where there is none."""
    if not is_packed(workdir):
        from xtts_jax.runs import checkpoint

        return checkpoint.find_step(workdir, step)
    only = packed.step_of(workdir)
    if step not in (None, only):
        raise UserError(f"{workdir} is a packed voice, which has only step {only}, not {step}.")
    return only


def load_params(workdir: Path, step: int | None = None) -> tuple[Any, int]:
    """The averaged params of a run and their step: those of `step`, or of the best that can be read."""
    if is_packed(workdir):
        find_step(workdir, step)
        return packed.load_params(workdir)
    from xtts_jax.runs import checkpoint

    return checkpoint.load_params(workdir, step)


def rank(workdir: Path, step: int) -> str:
    """Why this step was found, in words."""
    if is_packed(workdir):
        return "the one that was packed"
    from xtts_jax.runs import checkpoint

    return "its best" if checkpoint.is_measured(workdir, step) else "the newest it has"
