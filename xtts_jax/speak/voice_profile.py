"""A voice in a file, so that it can be spoken in without its recordings."""

import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from xtts_jax.errors import UserError
from xtts_jax.models.xtts import Voice

_MADE_BY = "made_by"  # the name under which a file says for which params its numbers have a meaning
_PART_OF = "/"  # between the names of an adaptation
_SAVE_AGAIN = "What ends in .npz is taken for a saved one: save it again from its recordings, or give these."
_COPY_AGAIN = "Copy the packed voice again."


def write(voice: Voice, made_by: str, path: Path) -> None:
    """Writes the file whole or not at all; a fitted voice takes a few megabytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        name: np.asarray(part, np.float16 if _PART_OF in name else np.float32)
        for name, part in _flat(voice).items()
    }
    arrays[_MADE_BY] = np.array(made_by)
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read(path: Path, made_by: str, like: Voice) -> Voice:
    """Raises `UserError` where it is not such a file, or was made by other params than `made_by`.

    like: a fitted voice of the run that has all, arrays or their shapes.
    """
    maker, arrays = _read(path, _SAVE_AGAIN)
    if maker != made_by:
        raise UserError(
            f"The voice profile {path} was made by another run or another checkpoint, and its numbers mean "
            "nothing to this one. Give its recordings instead, or save the voice again from them."
        )
    lacking = ({}, {"adaptation": None}, {"log_f0": None}, {"adaptation": None, "log_f0": None})
    shapes = [{name: part.shape for name, part in _flat(like._replace(**each)).items()} for each in lacking]
    if {name: array.shape for name, array in arrays.items()} not in shapes:
        raise _damaged(path, "arrays are missing, or have another shape", _SAVE_AGAIN)
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in arrays.values()):
        raise _damaged(path, "not all of its numbers are finite", _SAVE_AGAIN)
    return _voice(arrays)


def read_own(path: Path) -> Voice:
    """A voice of a packed run, which was made by its params. Raises `UserError` where it is damaged."""
    _, arrays = _read(path, _COPY_AGAIN)
    try:
        return _voice(arrays)
    except TypeError as error:
        raise _damaged(path, str(error), _COPY_AGAIN) from error


def _read(path: Path, remedy: str) -> tuple[str, dict[str, np.ndarray]]:
    """Which params it was made by, and its arrays by name."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
            return str(arrays.pop(_MADE_BY)), arrays
    except OSError as error:
        raise _damaged(path, error.strerror or "it cannot be read", remedy) from error
    except (ValueError, KeyError, EOFError, TypeError, BadZipFile) as error:
        raise _damaged(path, "it holds something else, or only a part", remedy) from error


def _voice(arrays: dict[str, np.ndarray]) -> Voice:
    parts = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    return Voice(**unflatten_dict(parts, sep=_PART_OF))


def _flat(voice: Voice) -> dict[str, Any]:
    """Arrays by name; those of the adaptation by their path."""
    parts = {name: part for name, part in voice._asdict().items() if part is not None}
    return flatten_dict(parts, sep=_PART_OF)


def _damaged(path: Path, why: str, remedy: str) -> UserError:
    return UserError(f"{path} is not a voice profile that can be read ({why}). {remedy}")
