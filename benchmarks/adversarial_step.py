"""What discriminators add to the training step: CPU and wall time of both steps, taken in turn.

    python benchmarks/adversarial_step.py [--configs tiny small] [--repeats N] [--json FILE]

The batch is that of train_step.py.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks.train_step import LANGUAGES, SYMBOLS, preset, synthetic_batch, timed, unit_stats
from xtts_jax.commands.endings import run
from xtts_jax.config import Config
from xtts_jax.errors import UserError
from xtts_jax.models.initial import init_params
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs.settings import write_json
from xtts_jax.train import parallel
from xtts_jax.train.acoustic import adversarial
from xtts_jax.train.acoustic.adversarial import Step
from xtts_jax.train.acoustic.step import make_train_step
from xtts_jax.train.optimizer import make_optimizer
from xtts_jax.train.state import DISCRIMINATORS, TrainState, init_state
from xtts_jax.types import Batch


class Cost(NamedTuple):
    """Medians over the steps."""

    config: str
    judged: bool
    wall_s: float
    cpu_s: float


def steps_of(config: Config) -> tuple[dict[bool, Step], TrainState, Batch]:
    """The steps before and after discriminators join, a first state of either, and a batch."""
    model, stats = XTTS(config, SYMBOLS, LANGUAGES), unit_stats(config)
    judge, theirs = adversarial.open_judge(config)
    params = init_params(model, config.train.seed) | {DISCRIMINATORS: theirs}
    apart = {DISCRIMINATORS: adversarial.optimizer_of(config)}
    optimizer = make_optimizer(config.optim, config.optim.learning_rate, params, apart)
    ways = {False: None, True: adversarial.learn_to_deceive(model, stats, judge)}
    steps = {judged: make_train_step(model, optimizer, stats, learn) for judged, learn in ways.items()}
    return steps, init_state(params, optimizer, config.train.seed), synthetic_batch(config)


def measure(name: str, repeats: int) -> list[Cost]:
    steps, state, batch = steps_of(preset(name))
    steppers = {judged: stepper(step, state, batch) for judged, step in steps.items()}
    times = {judged: [] for judged in steps}
    for _ in range(repeats + 1):  # the first turn compiles
        for judged, once in steppers.items():
            times[judged].append(timed(once)[1:])
    return [
        Cost(name, judged, *map(statistics.median, zip(*spent[1:], strict=True)))
        for judged, spent in times.items()
    ]


def stepper(step: Step, state: TrainState, batch: Batch) -> Callable[[], object]:
    """Takes one step after the other, each from the state that the last one left."""
    compiled, held = parallel.compile_step(step, donate_state=True), [parallel.replicate(state)]
    shards = parallel.shard(batch)

    def once() -> object:
        held[0], metrics = compiled(held[0], shards)
        return held[0], metrics

    return once


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--configs", nargs="*", default=["tiny"], metavar="NAME")
    parser.add_argument("--repeats", type=int, default=8, metavar="N", help="steps; default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        raise UserError(f"--repeats must be at least 1, not {options.repeats}.")
    print(f"{'preset':8s} {'discriminators':>15s} {'wall s':>8s} {'CPU s':>8s}")
    costs = []
    for name in options.configs:
        costs += (found := measure(name, options.repeats))
        for cost in found:
            print(
                f"{cost.config:8s} {'yes' if cost.judged else 'no':>15s} {cost.wall_s:8.3f} {cost.cpu_s:8.3f}"
            )
    if options.json:
        write_json(options.json, [cost._asdict() for cost in costs])


if __name__ == "__main__":
    run(main)
