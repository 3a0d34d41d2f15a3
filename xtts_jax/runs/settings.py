"""The configuration that a run was trained with: `config.json` in its folder."""

import json
from pathlib import Path
from typing import Any

from xtts_jax.config import Config, from_dict, to_dict
from xtts_jax.data.settings import LATER
from xtts_jax.errors import UserError
from xtts_jax.runs.own_files import with_own_files

EVALUATION, REPORT = "evaluation", "report.json"  # folder of the last evaluation, and its figures there
# By `train.model`: what a run trains, and a configuration that does so.
MODELS = {
    "acoustic": ("an acoustic model", "configs/tiny.py"),
    "vocoder": ("a vocoder", "configs/vocoder.py"),
    "recogniser": ("a recognizer", "configs/recogniser.py"),
    "voice": ("a voice encoder", "configs/voice.py"),
}


# What stands for `config.adversarial` in runs that are older than it.
NO_DISCRIMINATORS = {
    "start": 0,
    "learning_rate": 0.0,
    "windows": (32,),
    "width": 1,
    "deception": 0.0,
    "feature_matching": 0.0,
}


def write_json(path: Path, value: Any) -> None:
    """Writes the file whole or not at all, and makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def read_config(workdir: Path) -> Config:
    """The configuration of a run or of a packed voice, whose own files it then names."""
    path = workdir / "config.json"
    if not path.is_file():
        raise UserError(
            f"{workdir} is not a run folder: it has no config.json. Give the folder of a training, its "
            "--workdir, or of a packed voice."
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict) or not values:
            raise ValueError("it has no settings")
        return with_own_files(from_dict(_with_later_settings(values)), workdir)
    except UserError as error:
        raise UserError(f"{path} cannot be used. {error}") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise UserError(
            f"{path} is damaged ({error}). Copy it again from where its folder came from, or train a new run."
        ) from error


def _with_later_settings(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a run with what stands for settings that are younger than it."""
    data = {"ezafe": "written"} | LATER | values.get("data", {})
    optim = {"ema_warmup": True} | values.get("optim", {})
    train = {"rematerialize": False} | values.get("train", {})
    later = {"data": data, "optim": optim, "train": train}
    return {"adversarial": NO_DISCRIMINATORS} | values | later


def read_config_of(workdir: Path, *models: str) -> Config:
    """`read_config` of a run whose `train.model` is one of `models`; `UserError` for any other run."""
    config = read_config(workdir)
    if config.train.model not in models:
        needed = " or ".join(MODELS[model][0] for model in models)
        configs = " or ".join(MODELS[model][1] for model in models)
        raise UserError(
            f"{workdir} is the run of {MODELS[config.train.model][0]}, but that of {needed} is needed here. "
            f"Give the --workdir of such a run, for example one of {configs}."
        )
    return config


def write_config(workdir: Path, config: Config) -> None:
    write_json(workdir / "config.json", to_dict(config))
