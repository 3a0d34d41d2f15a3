"""A packed voice: a run folder to share, with all that speaking needs and nothing that only training does.

`config.json`, `tokenizer.json` and `stats.json` are a run's. `model.safetensors` holds the averaged params of
one checkpoint in float16, and `voices/` has numbers in place of recordings. `lexicon.txt` and `vocoder/` are
there if the run used its own.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xtts_jax.config import Config
from xtts_jax.errors import UserError
from xtts_jax.runs.own_files import WEIGHTS

_STEP, _FITS = "step", "fits"  # in the metadata of the weights


def save_params(folder: Path, params: Any, step: int, config: Config) -> None:
    """Writes the params in float16, after the folder's `tokenizer.json`, which they are marked to fit."""
    flat = flatten_dict(params, sep="/")
    halves = {name: np.ascontiguousarray(leaf, np.float16) for name, leaf in flat.items()}
    temporary = folder / f"{WEIGHTS}.tmp"
    temporary.write_bytes(save(halves, {_STEP: str(step), _FITS: _sizes(folder, config)}))
    temporary.replace(folder / WEIGHTS)


def load_params(folder: Path) -> tuple[dict[str, Any], int]:
    """The params in float32 and the step of their checkpoint; `UserError` where they cannot be read."""
    with _opened(folder) as file:
        step = int(file.metadata()[_STEP])
        flat = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    return unflatten_dict(flat, sep="/"), step


def step_of(folder: Path) -> int:
    with _opened(folder) as file:
        return int(file.metadata()[_STEP])


def fits(folder: Path, config: Config) -> bool:
    """Whether the params were packed with these sizes of the model and these symbols."""
    with _opened(folder) as file:
        return file.metadata()[_FITS] == _sizes(folder, config)


def _sizes(folder: Path, config: Config) -> str:
    settings = json.dumps([asdict(config.audio), asdict(config.model)], sort_keys=True).encode()
    return hashlib.sha256(settings + (folder / "tokenizer.json").read_bytes()).hexdigest()


def _opened(folder: Path) -> Any:
    path = folder / WEIGHTS
    try:
        file = safe_open(path, framework="numpy")
        metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path} cannot be read ({error}). Copy the packed voice again.") from error
    if not metadata.get(_STEP, "").isdigit() or _FITS not in metadata:
        raise UserError(f"{path} was not written by `xtts-jax pack`. Copy the packed voice again.")
    return file
