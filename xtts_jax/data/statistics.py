"""`stats.json`: the corpus statistics on disk."""

import json
from pathlib import Path

import numpy as np

from xtts_jax.errors import UserError
from xtts_jax.types import Stats


def save_stats(path: Path, stats: Stats) -> None:
    values = {key: np.asarray(value, np.float64).tolist() for key, value in stats._asdict().items()}
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")


def load_stats(path: Path) -> Stats:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        arrays = {key: np.asarray(values[key], np.float32) for key in ("mel_mean", "mel_std")}
        return Stats(**values | arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"The statistics {path} cannot be read ({error}). In a run folder, copy them again from where "
            "it was trained; in a prepared corpus, delete its folder and prepare it again."
        ) from error


def same_stats(one: Stats, other: Stats) -> bool:
    return all(np.array_equal(*pair) for pair in zip(one, other, strict=True))
