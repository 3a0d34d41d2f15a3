"""`train.batch_size=auto`: the largest batch whose step fits the memory, by XLA's own figures."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import jax

from xtts_jax.config import Config
from xtts_jax.errors import UserError
from xtts_jax.train import memory, parallel
from xtts_jax.train.task import Task

MOST_ON_CPU = 32  # utterances: there a larger batch takes as long for each of them
AT_ONCE = 32  # units: up to here the largest batch that may be is tried first
CLOSE = 0.9  # share of the limit that is near enough to it
TRIES = 5


class Bounds(NamedTuple):
    """In units, which are the smallest number of examples that can be shared among all devices and parts."""

    unit: int
    fewest: int
    most: int


def auto(config: Config, make_task: Callable[[Config], Task], group: int) -> int:
    """Compiles the last step of the run, which has the most to do, for a few sizes; prints what it finds.

    make_task: for a configuration with any number of examples in a batch, of which `group` belong together,
    and there must be two such groups. Raises `UserError` where not even
    the smallest batch fits.
    """
    print("train.batch_size=auto: compiling steps to see what they need, a minute or so each.", flush=True)
    unit = math.lcm(jax.device_count() * config.train.accumulate, group)
    fewest = -(-2 * group // unit)
    task = make_task(replace(config, train=replace(config.train, batch_size=unit * fewest)))
    bounds = Bounds(unit, fewest, max(_most(task) // unit, fewest))
    step, batch, limit = task.step(config.train.steps), task.largest(), memory.limit()

    def needed(units: int) -> float:
        return parallel.memory_of_step(step, task.state, batch, units * unit // jax.device_count())

    found = measure(needed, limit, bounds)
    if not any(found.values()):
        raise UserError(
            "train.batch_size=auto cannot be found here: XLA does not tell how much memory a step takes on "
            "this device. Give a number, such as --config.train.batch_size=16."
        )
    size = unit * max((units for units, size in found.items() if size <= limit), default=0)
    if not size:
        raise UserError(
            f"A step with only {unit * fewest} examples takes {_gib(min(found.values()))}, and "
            f"{_gib(limit)} may be used on each device. Set train.rematerialize, lower data.max_seconds, or "
            "train a smaller model."
        )
    print(f"train.batch_size=auto: {size}. {_reasons(found, limit, bounds)}", flush=True)
    return size


def measure(needed: Callable[[int], float], limit: float, bounds: Bounds) -> dict[int, float]:
    """Bytes by units, for the sizes that lead to the largest one within the limit.

    Memory grows by about as much with every unit, so two sizes tell roughly where the limit is; the others
    check, and correct.
    """
    found: dict[int, float] = {}
    units = bounds.most if bounds.most <= AT_ONCE else bounds.fewest
    while units not in found and len(found) < TRIES:
        found[units] = needed(units)
        if CLOSE * limit <= found[units] <= limit or (units == bounds.most and found[units] <= limit):
            break
        units = _next(found, limit, bounds)
    return found


def _next(found: dict[int, float], limit: float, bounds: Bounds) -> int:
    """Where a line through the two nearest sizes meets the limit, between what fits and what does not."""
    fits = max((units for units, size in found.items() if size <= limit), default=bounds.fewest)
    too_many = min((units for units, size in found.items() if size > limit), default=bounds.most + 1)
    known = sorted(units for units, size in found.items() if math.isfinite(size))[-2:]
    if math.isinf(found.get(too_many, 0)):
        guess = (fits + too_many) // 2
    elif len(known) < 2:
        guess = bounds.fewest if too_many <= bounds.most else 4 * fits
    else:
        slope = (found[known[1]] - found[known[0]]) / (known[1] - known[0])
        guess = known[0] + int((limit - found[known[0]]) / slope) if slope > 0 else bounds.most
    return max(min(max(guess, fits), too_many - 1), bounds.fewest)


def _most(task: Task) -> int:
    return min(task.most, MOST_ON_CPU) if jax.default_backend() == "cpu" else task.most


def _reasons(found: dict[int, float], limit: float, bounds: Bounds) -> str:
    sizes = ", ".join(f"{units * bounds.unit}: {_gib(size)}" for units, size in sorted(found.items()))
    if found.get(bounds.most, math.inf) > limit:
        why = "Hardly more would fit."
    elif jax.default_backend() == "cpu" and bounds.most * bounds.unit + bounds.unit > MOST_ON_CPU:
        why = f"More than {MOST_ON_CPU} are no faster on a CPU, each."
    else:
        why = "There are no more to train on."
    return f"Of {_gib(limit)} that a step may take on each device, batches of the longest take {sizes}. {why}"


def _gib(size: float) -> str:
    return f"{size / 2**30:.2f} GiB" if math.isfinite(size) else "too much"
