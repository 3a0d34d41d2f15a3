"""Runs of the real commands with a tiny model, shared by several test files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from conftest import ROOT, SMALL_MODEL

from xtts_jax.models.initial import param_shapes
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs import checkpoint
from xtts_jax.train.state import Params, TrainState

FEW_STEPS = {
    "data.buckets": 1,
    "optim.learning_rate": 3e-3,
    "train.steps": 8,
    "train.batch_size": 4,
    "train.log_every": 1,
    "train.eval_every": 4,
    "train.checkpoint_every": 2,
    "train.samples": 1,
    "preflight.steps": 40,
    # Half of the run without discriminators, half with them.
    "adversarial.start": 4,
    "adversarial.windows": "16,32",
    "adversarial.width": 4,
}


@dataclass(frozen=True)
class Recordings:
    """A corpus, and the cache folder of its prepared form for all runs of a session."""

    root: Path
    cache: Path


def train_command(
    recordings: Recordings, workdir: Path, changes: Mapping[str, object] | None = None
) -> list[str]:
    values = {f"model.{name}": value for name, value in SMALL_MODEL.items()} | FEW_STEPS
    values |= {"data.root": recordings.root, "data.cache_dir": recordings.cache, "data.workers": 1}
    options = [f"--config.{name}={value}" for name, value in (values | dict(changes or {})).items()]
    return [
        sys.executable,
        "run_train.py",
        "--config",
        "configs/tiny.py",
        "--workdir",
        str(workdir),
        *options,
    ]


def environment(devices: int) -> dict[str, str]:
    """That of a command with so many virtual devices."""
    return os.environ | {
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "XTTS_JAX_TYPECHECK": "0",
    }


def call(
    command: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


def succeed(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Standard output of a command that must succeed."""
    result = call(command, environment)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


def complaint(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """The error paragraph of a command that must exit with status 1 and without a traceback."""
    result = call(command, environment)
    assert result.returncode == 1, result.stderr[-3000:]
    assert "Traceback" not in result.stderr
    paragraph = result.stderr[result.stderr.index("error: ") :].strip()
    assert "\n" not in paragraph
    return paragraph


def straight_run(recordings: Recordings) -> Path:
    """The folder of a run without interruption, made once per session, with its output in `printed.txt`."""
    workdir = recordings.cache.parent / "straight"
    if not (workdir / "printed.txt").exists():
        printed = succeed(train_command(recordings, workdir))
        (workdir / "printed.txt").write_text(printed, encoding="utf-8")
    return workdir


def saved(workdir: Path, step: int) -> dict[str, np.ndarray]:
    """Every array of a checkpoint by its path: averaged params and training state."""
    manager = checkpoint.open_manager(workdir)
    items = ocp.args.Composite(params=ocp.args.StandardRestore(), state=ocp.args.StandardRestore())
    leaves = jax.tree_util.tree_leaves_with_path(dict(manager.restore(step, args=items)))
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def random_params(model: XTTS, seed: int) -> Params:
    """Random params, none of them zero, as after some training; made without compiling anything."""
    random = np.random.default_rng(seed)

    def fill(path: tuple, leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        noise = random.standard_normal(leaf.shape).astype(np.float32)
        if path[-1].key == "scale":
            return 1 + 0.1 * noise
        return noise / np.sqrt(leaf.shape[-2]) if path[-1].key == "kernel" else 0.1 * noise

    return jax.tree_util.tree_map_with_path(fill, param_shapes(model))


def save_params(workdir: Path, step: int, averaged: Params) -> None:
    """Writes a finished checkpoint with these averaged params."""
    zero = jnp.int32(0)
    state = TrainState(jnp.int32(step), jax.tree.map(np.zeros_like, averaged), averaged, (), zero, zero)
    manager = checkpoint.open_manager(workdir)
    checkpoint.save(manager, step, state, 1.0)
    manager.wait_until_finished()


def metrics(workdir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


def steps_with(workdir: Path, name: str) -> list[int]:
    return [line["step"] for line in metrics(workdir) if name in line]
