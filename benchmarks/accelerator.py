"""What an accelerator makes of this project, part by part, in about four minutes.

    python benchmarks/accelerator.py --json FILE [--parts PART ...] [--presets small normal big]

Each part is written to the file when it is done, and skipped if it is there: an interrupted run goes on with
the same command. The parts: `device`; `search`, the alignment search by frames and by blocks; `step PRESET`,
compile time, memory, speed and share of the device's matrix product, with 16 utterances of 600 frames and
with as many as fill its memory; `learning`, the loss of 200 steps on one batch; `adversarial`, the step with
discriminators; `vocoder`, seconds of speech per second; `profile`, the ten operations that take longest.
"""

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks import adversarial_step
from benchmarks.train_step import matrix_flop, preset, synthetic_batch, timed, train_step
from xtts_jax.commands.endings import run
from xtts_jax.errors import UserError
from xtts_jax.models.monotonic_search import by_blocks, by_frames
from xtts_jax.models.ops import compute_dtype
from xtts_jax.runs.settings import write_json
from xtts_jax.train import parallel
from xtts_jax.train.step import DEVICES
from xtts_jax.vocoder.trained import load_vocoder
from xtts_jax.vocoder.vocode import ASSETS

FILLED = 0.8  # share of the memory that a batch may fill
MOST_UTTERANCES = 512


class Sizes(NamedTuple):
    """What is measured; tests cut it down."""

    utterances: int = 16
    tokens: int = 120
    frames: int = 600
    product: int = 8192  # rows and columns
    repeats: int = 10
    learning_steps: int = 200


FULL = Sizes()


def device(sizes: Sizes) -> dict[str, Any]:
    first = jax.local_devices()[0]
    dtype = compute_dtype("auto")
    left = jnp.ones((sizes.product, sizes.product), dtype)
    seconds = _seconds(jax.jit(lambda x: x @ x), left, repeats=sizes.repeats)
    return {
        "kind": first.device_kind,
        "count": jax.local_device_count(),
        "memory_gib": parallel.memory_there() / 2**30,
        "jax": jax.__version__,
        "dtype": str(dtype),
        "product_tflop_per_s": 2 * sizes.product**3 / seconds / 1e12,
    }


def search(sizes: Sizes) -> dict[str, Any]:
    random = np.random.default_rng(0)
    grid = random.normal(-100, 30, (sizes.utterances, sizes.tokens, sizes.frames)).astype(np.float32)
    lengths = [np.full(sizes.utterances, count) for count in (sizes.tokens, sizes.frames)]
    given = [jnp.asarray(part) for part in (grid, *lengths)]
    return {
        f"{way.__name__}_s": _seconds(jax.jit(way), *given, repeats=sizes.repeats)
        for way in (by_frames, by_blocks)
    }


def step(name: str, sizes: Sizes, product_tflop_per_s: float) -> dict[str, Any]:
    usual = _measured_step(name, sizes.utterances, sizes, product_tflop_per_s)
    more = _filling(usual["gib"], sizes.utterances)
    fuller = _measured_step(name, more, sizes, product_tflop_per_s) if more > sizes.utterances else {}
    return {"usual": usual, "filling": fuller}


def learning(sizes: Sizes) -> dict[str, Any]:
    """A step that works lowers the loss on a batch that it sees again and again."""
    compiled, state, batch, *_ = _program(preset("tiny"), sizes.utterances, sizes)
    losses = []
    for _ in range(sizes.learning_steps):
        state, metrics = compiled(state, batch)
        losses.append(metrics["loss/total"])
    first, *_, last = (float(parallel.unreplicate(loss)) for loss in losses)
    if not last < first:
        raise UserError(
            f"The loss of one batch went from {first:.3f} to {last:.3f}: this device miscalculates."
        )
    return {"first_loss": first, "last_loss": last}


def adversarial(name: str, sizes: Sizes) -> dict[str, Any]:
    return {
        "with" if cost.judged else "without": cost.wall_s
        for cost in adversarial_step.measure(name, sizes.repeats)
    }


def vocoder(sizes: Sizes) -> dict[str, Any]:
    ships = load_vocoder(ASSETS)
    mel = np.full((sizes.utterances, sizes.frames, ships.audio.n_mels), -5.0, np.float32)
    seconds = _seconds(ships, mel, repeats=sizes.repeats)
    return {"times_real_time": sizes.utterances * ships.audio.seconds(sizes.frames) / seconds}


def profile(name: str, sizes: Sizes) -> dict[str, Any]:
    compiled, state, batch, *_ = _program(preset(name), sizes.utterances, sizes)
    state, _ = compiled(state, batch)
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            for _ in range(3):
                state, metrics = compiled(state, batch)
            jax.block_until_ready(metrics)
        return {"top_ten_ms_a_step": _longest(Path(folder), 10, 3)}


def _measured_step(name: str, utterances: int, sizes: Sizes, product: float) -> dict[str, Any]:
    compiled, state, batch, compile_s, gib, flop = _program(preset(name), utterances, sizes)
    times = []
    for _ in range(sizes.repeats + 1):
        (state, _), wall, _ = timed(lambda current=state: compiled(current, batch))
        times.append(wall)
    seconds = float(np.median(times[1:]))
    rate = flop / seconds / jax.local_device_count() / 1e12
    return {
        "utterances": utterances,
        "compile_s": compile_s,
        "gib": gib,
        "step_s": seconds,
        "frames_per_s": utterances * sizes.frames / seconds,
        "tflop_per_s": rate,
        "share_of_product": rate / product,
    }


def _program(config: Any, utterances: int, sizes: Sizes) -> tuple[Callable, Any, Any, float, float, int]:
    """A compiled step, its state and batch, the seconds of compiling, GiB a device, and operations."""
    take, first_state = train_step(config)
    batch, state = synthetic_batch(config, utterances, sizes.tokens, sizes.frames), first_state()
    flop = matrix_flop(jax.make_jaxpr(take, axis_env=[(DEVICES, 1)])(state, batch).jaxpr)
    state, shards = parallel.replicate(state), parallel.shard(batch)
    start = time.perf_counter()
    compiled = parallel.compile_step(take, donate_state=True).lower(state, shards).compile()
    compile_s = time.perf_counter() - start
    return compiled, state, shards, compile_s, parallel.memory_needed(compiled) / 2**30, flop


def _filling(gib: float, utterances: int) -> int:
    """The largest power of two times `utterances` whose step fits into memory, if it grows in proportion."""
    room = parallel.memory_there() * FILLED / 2**30 / max(gib, 1e-9)
    while room >= 2 and utterances < MOST_UTTERANCES:
        utterances, room = utterances * 2, room / 2
    return utterances


def _seconds(function: Callable, *given: Any, repeats: int) -> float:
    jax.block_until_ready(function(*given))
    start = time.perf_counter()
    for _ in range(repeats):
        result = function(*given)
    jax.block_until_ready(result)
    return (time.perf_counter() - start) / repeats


def _longest(folder: Path, count: int, steps: int) -> dict[str, float]:
    """The operations that took longest, in ms a step: those of the devices, else of XLA's own threads."""
    (path,) = folder.rglob("*.trace.json.gz")
    events = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]
    names = {event["pid"]: event["args"]["name"] for event in events if event.get("name") == "process_name"}
    devices = {pid for pid, name in names.items() if "/device:" in name and "CPU" not in name}
    spent: Counter[str] = Counter()
    for event in events:
        operation = event.get("args", {}).get("hlo_op")
        if event.get("ph") == "X" and (event["pid"] in devices if devices else operation):
            spent[operation or event["name"]] += event["dur"] / 1000 / steps
    return dict(spent.most_common(count))


def parts(presets: Sequence[str], sizes: Sizes) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
    """What each part measures, given those before."""
    product = "product_tflop_per_s"
    steps = {
        f"step {name}": lambda done, name=name: step(name, sizes, done["device"][product]) for name in presets
    }
    others = {
        "learning": learning,
        "adversarial": partial(adversarial, presets[0]),
        "vocoder": vocoder,
        "profile": partial(profile, presets[0]),
    }
    return {
        "device": lambda _: device(sizes),
        "search": lambda _: search(sizes),
        **steps,
        **{name: lambda _, measure=measure: measure(sizes=sizes) for name, measure in others.items()},
    }


def main(arguments: Sequence[str], sizes: Sizes = FULL) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    parser.add_argument("--presets", nargs="+", default=["small", "normal", "big"], metavar="NAME")
    parser.add_argument("--parts", nargs="+", metavar="PART", help="default: all")
    options = parser.parse_args(arguments)
    known = parts(options.presets, sizes)
    if unknown := {*(options.parts or ())} - {*known}:
        raise UserError(f"--parts {', '.join(sorted(unknown))}: there are {', '.join(known)}.")
    done = json.loads(options.json.read_text(encoding="utf-8")) if options.json.exists() else {}
    for name, measure in known.items():
        if name in done or (options.parts and name not in {"device", *options.parts}):
            continue
        start = time.perf_counter()
        done[name] = measure(done)
        write_json(options.json, done)
        print(f"{name} ({time.perf_counter() - start:.0f} s): {json.dumps(done[name])}", flush=True)


if __name__ == "__main__":
    run(main)
