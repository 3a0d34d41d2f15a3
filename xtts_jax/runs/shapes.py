"""Whether a checkpoint is one of the model that the run's configuration describes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax

from xtts_jax.errors import UserError

_SHOWN = 2


def require_shapes(params: Any, wanted: Any, workdir: Path) -> None:
    """Raises `UserError` unless the params of a run have all leaves of `wanted`, in their shapes."""
    found, needed = _shapes(params), _shapes(wanted)
    other = [name for name, shape in needed.items() if found.get(name) != shape]
    if not other:
        return
    examples = "; ".join(
        f"{name} is {_described(found.get(name))}, not {_described(needed[name])}" for name in other[:_SHOWN]
    )
    raise UserError(
        f"The checkpoint in {workdir} is not of the model that the settings beside it describe: {len(other)} "
        f"of {len(needed)} params differ ({examples}). A trained run keeps its sizes and symbols. Restore "
        "config.json, and tokenizer.json if there is one, from a copy, or train a new run."
    )


def _shapes(tree: Any) -> Mapping[str, tuple[int, ...]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf.shape for path, leaf in leaves}


def _described(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else " x ".join(map(str, shape)) or "one number"
