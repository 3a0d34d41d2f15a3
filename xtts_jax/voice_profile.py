"""A voice in a file: what a recording was heard as, or fitted to, to be spoken in without it."""

import os
from pathlib import Path
from zipfile import BadZipFile

import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from xtts_jax.errors import UserError
from xtts_jax.models.xtts import Voice

SUFFIX = ".npz"
_MADE_BY, _PART_OF = "made_by", "/"  # the params it means something to; between names of an adaptation
_WHOLE = [name for name in Voice._fields if name != "adaptation"]


def write(voice: Voice, made_by: str, path: Path) -> None:
    """Whole or not at all; of a fitted voice a few megabytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    arrays = {name: np.asarray(getattr(voice, name), np.float32) for name in _WHOLE}
    changes = flatten_dict({"adaptation": voice.adaptation or {}}, sep=_PART_OF)
    arrays |= {name: np.asarray(change, np.float16) for name, change in changes.items()}
    with temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays | {_MADE_BY: np.array(made_by)})
    os.replace(temporary, path)


def read(path: Path, made_by: str) -> Voice:
    """Raises `UserError` where the file is none, or of other params than `made_by`."""
    try:
        with np.load(path, allow_pickle=False) as file:
            maker = str(file[_MADE_BY])
            voice = Voice(*(jnp.asarray(file[name]) for name in _WHOLE))
            changes = {name: jnp.asarray(file[name], jnp.float32) for name in file.files if _PART_OF in name}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise UserError(
            f"{path} is no voice profile that can be read ({error}). Make it again with --save-voice."
        ) from error
    if maker != made_by:
        raise UserError(
            f"The voice profile {path} was made by another run or another checkpoint, to which alone "
            "its numbers mean something. Give the recordings again, with --save-voice."
        )
    return voice._replace(**unflatten_dict(changes, sep=_PART_OF))
