"""The configuration that a run was trained with: `config.json` in its folder."""

import json
from pathlib import Path
from typing import Any

from xtts_jax.config import Config, from_dict, to_dict
from xtts_jax.errors import UserError


def write_json(path: Path, value: Any) -> None:
    """Writes the file whole or not at all, and makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def read_config(workdir: Path) -> Config:
    path = workdir / "config.json"
    if not path.is_file():
        raise UserError(
            f"{workdir} is not a run folder: it has no config.json. Give the folder of a training, the "
            "--workdir of run_train.py."
        )
    try:
        return from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, AttributeError, TypeError) as error:
        raise UserError(
            f"{path} is damaged ({error}). Restore it from a copy, or train a new run."
        ) from error


def read_acoustic_config(workdir: Path) -> Config:
    """`read_config` of a run that can speak. Raises `UserError` for a run of any other kind."""
    config = read_config(workdir)
    if config.train.model != "acoustic":
        raise UserError(
            f"{workdir} is a run with train.model={config.train.model}, which cannot speak. Give the folder "
            "of an acoustic model's run."
        )
    return config


def write_config(workdir: Path, config: Config) -> None:
    write_json(workdir / "config.json", to_dict(config))
