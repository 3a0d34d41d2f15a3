"""The cost of the health metrics: the training step with all of them and with only the loss.

    python benchmarks/health.py [--config tiny] [--repeats 20]

Both are the same step; the second returns only the new state and the total loss, so that XLA removes what
is not used. They run in turn on the same batch.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from train_step import preset, synthetic_batch, train_step

from xtts_jax.commands.endings import run
from xtts_jax.train import parallel

GOAL = 0.02


def seconds(function: Callable[[], Any]) -> float:
    start = time.process_time()
    jax.block_until_ready(function())
    return time.process_time() - start


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--config", default="tiny", metavar="NAME", help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=20, metavar="N", help="default: %(default)s")
    options = parser.parse_args(arguments)
    config = preset(options.config)
    step, first_state = train_step(config)

    def without(state: Any, batch: Any) -> Any:
        new, metrics = step(state, batch)
        return new, metrics["loss/total"]

    state, batch = parallel.replicate(first_state()), parallel.shard(synthetic_batch(config))
    compiled = [parallel.compile_step(each, donate_state=False) for each in (step, without)]
    turns = [[seconds(lambda f=f: f(state, batch)) for f in compiled] for _ in range(options.repeats + 1)][1:]
    full, bare = (statistics.median(column) for column in zip(*turns, strict=True))
    cost = statistics.median(a / b - 1 for a, b in turns)
    print(
        f"{options.config}: {full:.3f} CPU-s per step with health, {bare:.3f} without; it costs {cost:+.1%} "
        f"(median of {options.repeats} pairs; goal: under {GOAL:.0%})"
    )


if __name__ == "__main__":
    run(main)
