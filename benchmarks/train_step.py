"""The speed of the training step compared with a plain matrix product, and its compile time.

    python benchmarks/train_step.py [--configs tiny small] [--compile normal] [--json FILE]

The step is that of training: features from waveforms, model, losses, gradient, AdamW and averaged params,
on 16 utterances of 120 tokens and 600 frames without padding. Its floating-point operations are two for
every multiplication in a matrix product or a convolution, forward and backward: 2 * (size of the result) *
(length of the sum), read off the traced step, once per iteration of a loop. Everything else (FFT, norms,
softmax, alignment search, optimizer) takes time but counts as no operations. A float32 product of two square
matrices is timed between the steps, so that both see the same load on the machine. Compile time is that of
tracing, lowering and compiling the step, each in its own process: without a cache, and with the persistent
cache of the first.
"""

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.audio.samples import to_int16
from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import run
from xtts_jax.config import Config
from xtts_jax.errors import UserError
from xtts_jax.models.initial import init_params, param_shapes
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs.settings import write_json
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.step import make_train_step
from xtts_jax.train.optimizer import make_optimizer
from xtts_jax.train.state import TrainState, init_state
from xtts_jax.train.step import DEVICES
from xtts_jax.types import Batch, Stats

REPOSITORY = Path(__file__).resolve().parents[1]
UTTERANCES, TOKENS, FRAMES = 16, 120, 600
SYMBOLS, LANGUAGES = 80, 2  # hardly affect the time
PRODUCT_SIZE = 2048  # rows and columns: 17 GFLOP
RATIO_GOAL = 0.5
COLD_GOAL_S, WARM_GOAL_S = 40, 10  # compile time of the normal preset on two cores


class Speed(NamedTuple):
    """Medians; operations are those of matrix products, ratio is gflop_per_s / product_gflop_per_s."""

    config: str
    params: int
    wall_s: float
    cpu_s: float
    frames_per_s: float
    gflop: float
    gflop_per_s: float
    product_gflop_per_s: float
    ratio: float


class Compiled(NamedTuple):
    """The compile times of a preset's step, in seconds."""

    config: str
    cold_s: float
    warm_s: float


def measure_speed(name: str, repeats: int) -> Speed:
    """The speed of a preset on all local devices; GFLOP/s are those of one device."""
    config = preset(name)
    step, first_state = train_step(config)
    state = first_state()
    batch, devices = synthetic_batch(config), jax.local_device_count()
    gflop = matrix_flop(jax.make_jaxpr(step, axis_env=[(DEVICES, 1)])(state, batch).jaxpr) / 1e9
    params = sum(leaf.size for leaf in jax.tree.leaves(state.params))
    compiled = parallel.compile_step(step, donate_state=True)
    state, shards, product = parallel.replicate(state), parallel.shard(batch), matrix_product()
    step_s, step_cpu_s, product_s = [], [], []
    for _ in range(repeats + 1):  # the first turn compiles
        (state, _), wall, cpu = timed(lambda current=state: compiled(current, shards))
        step_s.append(wall)
        step_cpu_s.append(cpu)
        product_s.append(timed(product)[1])
    wall, cpu, plain = (statistics.median(times[1:]) for times in (step_s, step_cpu_s, product_s))
    rate, product_rate = gflop / wall / devices, 2 * PRODUCT_SIZE**3 / plain / 1e9
    frames_per_s = UTTERANCES * FRAMES / wall
    return Speed(name, params, wall, cpu, frames_per_s, gflop, rate, product_rate, rate / product_rate)


def timed(function: Callable[[], Any]) -> tuple[Any, float, float]:
    """The computed result of a function, and the wall and CPU seconds that it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = jax.block_until_ready(function())
    return result, time.perf_counter() - wall, time.process_time() - cpu


def matrix_product() -> Callable[[], jax.Array]:
    left, right = jax.random.normal(jax.random.key(0), (2, PRODUCT_SIZE, PRODUCT_SIZE))
    multiply = jax.jit(lambda x, y: x @ y)
    return lambda: multiply(left, right)


def matrix_flop(jaxpr: Jaxpr) -> int:
    """Operations of all products, including those of inner functions and of all loop iterations."""
    return sum_over_products(jaxpr, _product_flop)


def sum_over_products(jaxpr: Jaxpr, cost: Callable[[JaxprEqn], int]) -> int:
    """The cost of all matrix products and convolutions, also in inner functions, in each loop iteration."""
    total = 0
    for equation in jaxpr.eqns:
        inner = sum(sum_over_products(each, cost) for each in inner_jaxprs(equation.params))
        match equation.primitive.name:
            case "dot_general" | "conv_general_dilated":
                total += cost(equation)
            case "scan":
                total += equation.params["length"] * inner
            case "while" | "cond" if inner:
                raise UserError(
                    f"The number of times that the matrix products in a {equation.primitive} run is unknown."
                )
            case _:
                total += inner
    return total


def _product_flop(equation: JaxprEqn) -> int:
    parts: list[Any] = [variable.aval for variable in (*equation.invars, *equation.outvars)]
    left, right, result = parts
    if equation.primitive.name == "dot_general":
        ((contracted, _), _) = equation.params["dimension_numbers"]
        return 2 * result.size * math.prod(left.shape[axis] for axis in contracted)
    outputs = right.shape[equation.params["dimension_numbers"].rhs_spec[0]]
    inserted = math.prod(equation.params["lhs_dilation"])  # that many elements, all but one of them zeros
    return 2 * result.size * right.size // (outputs * inserted)


def inner_jaxprs(params: dict[str, Any]) -> Iterator[Jaxpr]:
    for value in params.values():
        for part in value if isinstance(value, tuple | list) else (value,):
            if isinstance(part, ClosedJaxpr):
                yield part.jaxpr
            elif isinstance(part, Jaxpr):
                yield part


def preset(name: str) -> Config:
    return load_config(str(REPOSITORY / "configs" / f"{name}.py"), ())


def train_step(config: Config) -> tuple[Callable[[TrainState, Batch], Any], Callable[[], TrainState]]:
    """The step, and a function that makes its first state."""
    model = XTTS(config, SYMBOLS, LANGUAGES)
    shapes = param_shapes(model)
    optimizer = make_optimizer(config.optim, config.optim.learning_rate, shapes)
    step = make_train_step(model, optimizer, unit_stats(config))
    return step, lambda: init_state(init_params(model, config.train.seed), optimizer, config.train.seed)


def unit_stats(config: Config) -> Stats:
    ones = np.ones(config.audio.n_mels, np.float32)
    return Stats(mel_mean=-5 * ones, mel_std=ones, log_f0_mean=5, log_f0_std=1, energy_mean=0, energy_std=1)


def synthetic_batch(
    config: Config, utterances: int = UTTERANCES, tokens: int = TOKENS, frames: int = FRAMES
) -> Batch:
    """Noise with the shapes of speech, without padding."""
    random, hop = np.random.default_rng(0), config.audio.hop_length
    reference_frames = config.audio.frames(config.data.reference_seconds)

    def noise(*shape: int) -> np.ndarray:
        return random.uniform(-0.1, 0.1, shape).astype(np.float32)

    return Batch(
        tokens=random.integers(1, SYMBOLS, (utterances, tokens), dtype=np.int32),
        text_lengths=np.full(utterances, tokens, np.int32),
        language_ids=random.integers(LANGUAGES, size=utterances, dtype=np.int32),
        audio=to_int16(noise(utterances, frames * hop)),
        mel_lengths=np.full(utterances, frames, np.int32),
        log_f0=5 + noise(utterances, frames),
        voiced=random.random((utterances, frames)) < 0.6,
        reference_audio=to_int16(noise(utterances, reference_frames * hop)),
        reference_lengths=np.full(utterances, reference_frames, np.int32),
    )


def compile_seconds(name: str) -> float:
    """The time of tracing, lowering and compiling the step of a preset in this process."""
    config = preset(name)
    step, first_state = train_step(config)
    devices = jax.local_device_count()
    state = jax.tree.map(
        lambda x: jax.ShapeDtypeStruct((devices, *x.shape), x.dtype), jax.eval_shape(first_state)
    )
    start = time.perf_counter()
    compiled: Any = parallel.compile_step(step, donate_state=True)
    compiled.lower(state, parallel.shard(synthetic_batch(config))).compile()
    return time.perf_counter() - start


def measure_compile(name: str) -> Compiled:
    with tempfile.TemporaryDirectory() as cache:
        environment = {
            **os.environ,
            "JAX_COMPILATION_CACHE_DIR": cache,
            "JAX_ENABLE_COMPILATION_CACHE": "true",
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.5",
        }
        command = [sys.executable, __file__, "--in-this-process", name]
        cold, warm = (
            float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
            for _ in range(2)
        )
    return Compiled(name, cold, warm)


def describe_speed(speed: Speed) -> str:
    return (
        f"{speed.config:8s} {speed.params / 1e6:8.1f} M {speed.wall_s:8.3f} {speed.cpu_s:8.3f} "
        f"{speed.frames_per_s:10.0f} {speed.gflop:9.1f} {speed.gflop_per_s:9.1f} "
        f"{speed.product_gflop_per_s:9.1f} {speed.ratio:7.0%}"
    )


def describe_compile(compiled: Compiled) -> str:
    goals = f" (goals on two cores: {COLD_GOAL_S} and {WARM_GOAL_S})" if compiled.config == "normal" else ""
    return (
        f"compiling the step of {compiled.config}: {compiled.cold_s:.1f} s, with a warm cache "
        f"{compiled.warm_s:.1f} s{goals}"
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--configs", nargs="*", default=["tiny", "small"], metavar="NAME")
    parser.add_argument("--compile", nargs="*", default=["normal"], metavar="NAME")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="steps; default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--in-this-process", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.in_this_process:
        print(compile_seconds(options.in_this_process))
        return
    if options.repeats < 1:
        raise UserError(f"--repeats must be at least 1, not {options.repeats}.")
    cores = len(os.sched_getaffinity(0))
    print(f"{jax.local_device_count()} x {jax.devices()[0].device_kind}, {cores} cores; seconds per step")
    print(
        f"{'preset':8s} {'params':>10s} {'wall s':>8s} {'CPU s':>8s} {'frames/s':>10s} {'GFLOP':>9s} "
        f"{'GFLOP/s':>9s} {'product':>9s} {'ratio':>7s}  (goal: {RATIO_GOAL:.0%})"
    )
    speeds = []
    for name in options.configs:
        speeds.append(measure_speed(name, options.repeats))
        print(describe_speed(speeds[-1]), flush=True)
    compiles = []
    for name in options.compile:
        compiles.append(measure_compile(name))
        print(describe_compile(compiles[-1]), flush=True)
    if options.json:
        speed, compiling = ([each._asdict() for each in rows] for rows in (speeds, compiles))
        write_json(options.json, {"cores": cores, "speed": speed, "compile": compiling})


if __name__ == "__main__":
    run(main)
