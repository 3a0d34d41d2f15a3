"""False alarms: the findings of short, healthy runs.

    python benchmarks/healthy_runs.py --seeds 10 --roots "" ../shared/data/kathleen [--steps 100]

Every root (an empty one is the built-in demo corpus) is trained on with every seed, including the
preflight, and evaluated at the last step. Further options, such as --config.train.batch_size=8, are passed
to run_train.py. No run may have a severe finding.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.commands.endings import run
from xtts_jax.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[1]


def train(
    root: str, seed: int, steps: int, config: str, overrides: list[str], workdir: Path
) -> tuple[int, list[str]]:
    """The exit status, and the findings as "name (severity)"."""
    values = {
        "data.root": root,
        "train.seed": seed,
        "train.steps": steps,
        "train.eval_every": steps,
        "train.checkpoint_every": steps,
        "train.samples": 0,
    }
    options = [f"--config.{name}={value}" for name, value in values.items()]
    command = [sys.executable, "run_train.py", "--config", config, "--workdir", str(workdir)]
    command += [*options, *overrides]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    log = workdir / "metrics.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    found = [f"{line['finding']} ({line['severity']})" for line in lines if "finding" in line]
    if result.returncode and not found:
        found = [result.stderr.strip().splitlines()[-1]]
    return result.returncode, found


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--roots", nargs="+", default=[""], metavar="DIR", help="default: the demo corpus")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=100, metavar="N", help="default: %(default)s")
    parser.add_argument("--config", default="configs/tiny.py", metavar="FILE", help="default: %(default)s")
    options, overrides = parser.parse_known_args(arguments)
    stopped = 0
    for root in options.roots:
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                status, found = train(
                    root, seed, options.steps, options.config, overrides, Path(folder) / "run"
                )
            stopped += status != 0
            print(f"{root or 'demo corpus':32s} seed {seed:2d}: {'; '.join(found) or 'nothing'}", flush=True)
    runs = len(options.roots) * options.seeds
    print(f"{runs} healthy runs of {options.steps} steps, {stopped} of them stopped by a severe finding")
    if stopped:
        raise UserError(
            "A healthy run was stopped: a threshold in config.health is too strict. Relax that of the severe "
            "finding above."
        )


if __name__ == "__main__":
    run(main)
