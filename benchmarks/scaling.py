"""What a training step computes, moves and sends, and what follows for many chips. Nothing is run.

    python benchmarks/scaling.py [--presets normal big] [--devices 1 2 4 8] [--utterances 16] [--json FILE]

The step before discriminators join is traced and compiled for virtual CPU devices, with the alignment search
of accelerators, from shapes alone. Read off the traced step, in bfloat16: operations of the matrix products,
bytes of their factors and results, and turns of loops, which run one after the other. Read off the compiled
step: bytes that the devices sum (all-reduce), which must be those of the gradient and of the logged figures
however many devices there are; memory; CPU-seconds of compiling. With these the bytes of the batch.

The prediction is a roofline: a chip takes the longer of operations over `flop_per_s` and bytes over
`memory_per_s`, the gradient is summed by rings within a domain of fast links and then between domains, and
nothing overlaps. What is computed element by element is taken to be fused into the products, so a real chip
is slower and its efficiency higher; in the second table, products reach only the given share of the peak.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import jax
import numpy as np
from jax.extend.core import Jaxpr, JaxprEqn

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks.train_step import (
    FRAMES,
    TOKENS,
    UTTERANCES,
    inner_jaxprs,
    matrix_flop,
    preset,
    sum_over_products,
    synthetic_batch,
    train_step,
)
from xtts_jax.commands.endings import run
from xtts_jax.commands.options import require_at_least_one
from xtts_jax.config import Config
from xtts_jax.errors import UserError
from xtts_jax.models import alignment
from xtts_jax.models.monotonic_search import by_blocks
from xtts_jax.runs.settings import write_json
from xtts_jax.train import parallel
from xtts_jax.train.state import TrainState
from xtts_jax.train.step import DEVICES
from xtts_jax.types import Batch

CHIPS = (1, 8, 64, 512)
ACCELERATED = partial(mock.patch.object, alignment, "by_frames", by_blocks)  # their search, on a CPU
STATE_PASSES = 10  # params, two moments and averages are read and written, the gradient too
UNOPTIMIZED = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
_BYTES = {"pred": 1, "s32": 4, "u32": 4, "f32": 4, "bf16": 2, "f16": 2, "s64": 8, "f64": 8}


class Chip(NamedTuple):
    """Published figures of a chip; docs/scaling.md names their sources."""

    name: str
    flop_per_s: float  # bfloat16, dense
    memory_per_s: float  # bytes
    domain: int  # chips that fast links join
    fast_per_s: float  # bytes that a chip sends within its domain
    slow_per_s: float  # bytes that a chip sends to other domains


KINDS = (
    Chip("TPU v5e", 197e12, 819e9, domain=256, fast_per_s=100e9, slow_per_s=3.125e9),
    Chip("H100 SXM", 989.4e12, 3.35e12, domain=8, fast_per_s=450e9, slow_per_s=50e9),
)


class Step(NamedTuple):
    """One device's part of a step."""

    preset: str
    params: int
    flop: int
    bytes: int  # to and from memory: of products, and of params and optimizer
    turns: int
    summed_bytes: dict[int, int]  # by the number of devices
    figures_bytes: int  # in those sums, what is not gradient
    gib: float
    batch_bytes: int
    compile_cpu_s: float


class Forecast(NamedTuple):
    preset: str
    chip: str
    chips: int
    compute_s: float
    sum_s: float
    efficiency: float
    frames_per_s: float


def measure(name: str, config: Config, utterances: int, devices: Sequence[int]) -> Step:
    batch = synthetic_batch(config, utterances, TOKENS, FRAMES)
    jaxpr, state = traced(replace(config, compute_dtype="bfloat16"), batch)
    start = time.process_time()
    first = compiled_for(config, state, batch, devices[0])
    spent = time.process_time() - start
    others = {n: compiled_for(config, state, batch, n, UNOPTIMIZED) for n in devices[1:]}
    params = sum(leaf.size for leaf in jax.tree.leaves(state.params))
    sums = {n: summed_bytes(program.as_text()) for n, program in {devices[0]: first, **others}.items()}
    moved = sum_over_products(jaxpr, _product_bytes) + STATE_PASSES * 4 * params
    gib = parallel.memory_needed(first) / 2**30
    turns, figures = sequential_turns(jaxpr), sums[devices[0]] - 4 * params
    sent = sum(part.nbytes for part in batch)
    return Step(name, params, matrix_flop(jaxpr), moved, turns, sums, figures, gib, sent, spent)


def traced(config: Config, batch: Batch) -> tuple[Jaxpr, TrainState]:
    """The step of an accelerator, and the shapes of its state."""
    step, first_state = train_step(config)
    state = jax.eval_shape(first_state)
    with ACCELERATED():
        return jax.make_jaxpr(step, axis_env=[(DEVICES, 1)])(state, batch).jaxpr, state


def compiled_for(
    config: Config, state: Any, batch: Any, devices: int, options: dict[str, Any] | None = None
) -> Any:
    """The step for some of the local devices, each with the whole batch."""
    step, _ = train_step(config)
    given = jax.tree.map(lambda x: jax.ShapeDtypeStruct((devices, *x.shape), x.dtype), (state, batch))
    compiler: Any = parallel.compile_step(step, donate_state=True)
    with ACCELERATED():
        return compiler.lower(*given).compile(compiler_options=options)


def summed_bytes(program: str) -> int:
    """Bytes of the results of all all-reduces in a compiled program."""
    found = re.findall(r"= (.*?) all-reduce(?:-start)?\(", program)
    shapes = [shape for result in found for shape in re.findall(r"(\w+)\[([\d,]*)\]", result)]
    return sum(_BYTES[kind] * int(np.prod([int(n) for n in sizes.split(",") if n])) for kind, sizes in shapes)


def sequential_turns(jaxpr: Jaxpr) -> int:
    """Turns of all loops, those of nested ones for every turn around them."""
    turns = 0
    for equation in jaxpr.eqns:
        inside = sum(map(sequential_turns, inner_jaxprs(equation.params)))
        match equation.primitive.name:
            case "scan":
                turns += -(-equation.params["length"] // equation.params["unroll"]) * (1 + inside)
            case "while":
                raise UserError("The step has a while loop, whose number of turns is unknown.")
            case _:
                turns += inside
    return turns


def _product_bytes(equation: JaxprEqn) -> int:
    parts: list[Any] = [variable.aval for variable in (*equation.invars, *equation.outvars)]
    return sum(part.size * part.dtype.itemsize for part in parts)


def forecast(step: Step, chip: Chip, chips: int, utterances: int, share_of_peak: float = 1.0) -> Forecast:
    """Every chip gets the same number of utterances; share_of_peak: that products reach at most."""
    compute = max(step.flop / chip.flop_per_s / share_of_peak, step.bytes / chip.memory_per_s)
    summing = sum_seconds(next(iter(step.summed_bytes.values())), chip, chips)
    total = compute + summing
    frames_per_s = chips * utterances * FRAMES / total
    return Forecast(step.preset, chip.name, chips, compute, summing, compute / total, frames_per_s)


def sum_seconds(size: int, chip: Chip, chips: int) -> float:
    """Ring all-reduces: scattered within the domain, summed between domains, gathered within again."""
    near = min(chips, chip.domain)
    domains = chips // near
    within = 2 * size * (near - 1) / near / chip.fast_per_s
    between = 2 * size / near * (domains - 1) / domains / chip.slow_per_s
    return within + between


def describe_step(step: Step) -> str:
    alike = "equal" if len(set(step.summed_bytes.values())) == 1 else "NOT EQUAL"
    return (
        f"{step.preset}: {step.params / 1e6:.1f} M params, {step.flop / 1e12:.2f} TFLOP, "
        f"{step.bytes / 1e9:.1f} GB, {step.turns} turns, {step.gib:.1f} GiB in float32, a batch of "
        f"{step.batch_bytes / 1e6:.1f} MB, compiled in {step.compile_cpu_s:.0f} CPU-seconds\n"
        f"  summed on {' '.join(map(str, step.summed_bytes))} devices: {alike}, {4 * step.params} bytes of "
        f"gradient and {step.figures_bytes} of figures"
    )


def describe_forecast(row: Forecast) -> str:
    return (
        f"{row.preset:8s} {row.chip:10s} {row.chips:5d} {row.compute_s * 1e3:10.2f} {row.sum_s * 1e3:8.2f} "
        f"{row.efficiency:10.0%} {row.frames_per_s:14,.0f}"
    )


def _check(options: argparse.Namespace) -> None:
    require_at_least_one(options, "utterances")
    if not 0 < options.share_of_peak <= 1:
        raise UserError(f"--share-of-peak must be above 0 and at most 1, not {options.share_of_peak}.")
    there = jax.local_device_count()
    for devices in options.devices:
        if not 1 <= devices <= there:
            raise UserError(f"--devices must be from 1 to {there}, as many as there are, not {devices}.")


def main(arguments: Sequence[str], configured: Callable[[str], Config] = preset) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--presets", nargs="+", default=["normal", "big"], metavar="NAME")
    parser.add_argument("--devices", nargs="+", type=int, default=[1, 2, 4, 8], metavar="N")
    parser.add_argument("--utterances", type=int, default=UTTERANCES, metavar="N", help="of each chip")
    parser.add_argument("--share-of-peak", type=float, default=0.4, metavar="SHARE")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    _check(options)
    steps = []
    for name in options.presets:
        steps.append(measure(name, configured(name), options.utterances, options.devices))
        print(describe_step(steps[-1]), flush=True)
    tables = {}
    for share in (1.0, options.share_of_peak):
        title = f"products at {share:.0%} of peak"
        tables[title] = [
            forecast(step, chip, chips, options.utterances, share)
            for step in steps
            for chip in KINDS
            for chips in CHIPS
        ]
        print(f"\n{title}: {options.utterances} utterances of {FRAMES} frames a chip, nothing overlaps")
        print("preset   chip       chips compute ms   sum ms efficiency       frames/s")
        print("\n".join(map(describe_forecast, tables[title])))
    if options.json:
        rows = {title: [row._asdict() for row in table] for title, table in tables.items()}
        write_json(options.json, {"steps": [step._asdict() for step in steps], "forecasts": rows})


if __name__ == "__main__":
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
    run(main)
