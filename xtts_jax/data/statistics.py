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
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    except (KeyError, TypeError) as error:
        raise _damaged(path, "it holds something else, or only a part") from error
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> UserError:
    return UserError(
        f"The statistics {path} cannot be read ({why}). Copy them again from where their folder came from, "
        "or, if that is a prepared corpus, delete it and prepare it again."
    )


def same_stats(one: Stats, other: Stats) -> bool:
    return all(np.array_equal(*pair) for pair in zip(one, other, strict=True))
