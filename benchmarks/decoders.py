"""The cost of generating mel with each decoder, and what the autoregressive decoder's cache saves.

    python benchmarks/decoders.py [--configs tiny small] [--repeats 3] [--json FILE]

One utterance, fresh params, stop logits disabled. First the autoregressive decoder generates 200 frames with
its cache and without: the same loop, also one compiled program, that predicts every position from all frames
so far by running the whole decoder over them, as in training. "one frame" is that loop with one frame per
step. Then every decoder generates 600 frames (7 s): seconds per second of speech, without text encoder and
vocoder. The cases of a table run in turn, so that all see the same load on the machine; medians.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import run
from xtts_jax.config import Config
from xtts_jax.models import decoders
from xtts_jax.models.decoders.interface import Script, Taught
from xtts_jax.runs.settings import write_json

REPOSITORY = Path(__file__).resolve().parents[1]
FRAMES, LONG_FRAMES, FRAMES_PER_TOKEN = 200, 600, 5
GOAL = 100  # speed relative to generation without a cache


class Speed(NamedTuple):
    """Medians for one utterance."""

    config: str
    case: str
    frames: int
    wall_s: float
    cpu_s: float
    frames_per_s: float
    cpu_s_per_s: float  # CPU-seconds per second of speech


def with_decoder(config: Config, name: str, frames_per_step: int = 0) -> Config:
    model = replace(config.model, decoder=name)
    if frames_per_step:
        model = replace(model, frames_per_step=frames_per_step)
    return replace(config, model=model)


def a_script(config: Config, frames: int) -> Script:
    tokens, random = frames // FRAMES_PER_TOKEN, np.random.default_rng(0)
    sizes = (tokens, frames // config.model.frames_per_step, 1)
    hidden, melody, condition = (
        jnp.asarray(random.standard_normal((1, n, config.model.width)), jnp.float32) for n in sizes
    )
    durations = jnp.full((1, tokens), FRAMES_PER_TOKEN, jnp.int32)
    return Script(hidden, durations, melody, condition[:, 0])


def fresh(config: Config, frames: int) -> tuple[decoders.Decoder, dict[str, Any], Script]:
    """A decoder, params with which it speaks to the last frame, and a script."""
    decoder, script = decoders.build(config, jnp.dtype("float32")), a_script(config, frames)
    mel = jnp.zeros((1, frames, config.audio.n_mels))
    params = jax.jit(lambda: decoder.init(jax.random.key(0), script, mel, train=False))()["params"]
    if "next_frames" in params:
        bias = params["next_frames"]["frames_and_stop"]["bias"]
        params["next_frames"]["frames_and_stop"]["bias"] = bias.at[-1].set(-100.0)
    return decoder, params, script


def speaker(config: Config, frames: int) -> Callable[[], Any]:
    decoder, params, script = fresh(config, frames)
    speak = jax.jit(lambda p, s: decoder.apply({"params": p}, s, frames, jax.random.key(0), method="speak"))
    return lambda: speak(params, script)


def speaker_without_cache(config: Config, frames: int) -> Callable[[], Any]:
    decoder, params, script = fresh(config, frames)
    group = config.model.frames_per_step

    def speak(params: Any, script: Script) -> jax.Array:
        def turn(position: jax.Array, mel: jax.Array) -> jax.Array:
            taught = cast(Taught, decoder.apply({"params": params}, script, mel, train=False))
            new = jax.lax.dynamic_slice_in_dim(taught.mel, position * group, group, axis=1)
            return jax.lax.dynamic_update_slice_in_dim(mel, new, position * group, axis=1)

        return jax.lax.fori_loop(0, frames // group, turn, jnp.zeros((1, frames, config.audio.n_mels)))

    compiled = jax.jit(speak)
    return lambda: compiled(params, script)


def check_same(with_cache: Callable[[], Any], without: Callable[[], Any]) -> None:
    difference = float(jnp.abs(with_cache().mel - without()).max())
    assert difference < 1e-3, f"the two loops differ by {difference}"


def measure(
    name: str, config: Config, cases: dict[str, Callable[[], Any]], frames: int, repeats: int
) -> list[Speed]:
    times: dict[str, list[tuple[float, float]]] = {case: [] for case in cases}
    for _ in range(repeats + 1):  # the first turn compiles
        for case, speak in cases.items():
            wall, cpu = time.perf_counter(), time.process_time()
            jax.block_until_ready(speak())
            times[case].append((time.perf_counter() - wall, time.process_time() - cpu))
    found = []
    for case, pairs in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
        found.append(Speed(name, case, frames, wall, cpu, frames / wall, cpu / config.audio.seconds(frames)))
    return found


def cache_speeds(name: str, config: Config, repeats: int) -> list[Speed]:
    one = with_decoder(config, "autoregressive")
    cases = {"cache": speaker(one, FRAMES), "no cache": speaker_without_cache(one, FRAMES)}
    check_same(*cases.values())
    cases["no cache, one frame"] = speaker_without_cache(with_decoder(config, "autoregressive", 1), FRAMES)
    return measure(name, config, cases, FRAMES, repeats)


def decoder_speeds(name: str, config: Config, repeats: int) -> list[Speed]:
    cases = {each: speaker(with_decoder(config, each), LONG_FRAMES) for each in decoders.NAMES}
    return measure(name, config, cases, LONG_FRAMES, repeats)


def describe(speed: Speed) -> str:
    return (
        f"{speed.config:8s} {speed.case:22s} {speed.frames:7d} {speed.wall_s:8.3f} {speed.cpu_s:8.3f} "
        f"{speed.frames_per_s:10.0f} {speed.cpu_s_per_s:10.4f}"
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--configs", nargs="*", default=["tiny", "small"], metavar="NAME")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    cores = len(os.sched_getaffinity(0))
    print(f"{jax.devices()[0].device_kind}, {cores} cores")
    print(
        f"{'preset':8s} {'case':22s} {'frames':>7s} {'wall s':>8s} {'CPU s':>8s} {'frames/s':>10s} "
        f"{'CPU s/s':>10s}"
    )
    speeds: list[Speed] = []
    for name in options.configs:
        config = load_config(str(REPOSITORY / "configs" / f"{name}.py"), ())
        for table in (cache_speeds, decoder_speeds):
            rows = table(name, config, options.repeats)
            print("\n".join(map(describe, rows)), flush=True)
            speeds += rows
    for name in options.configs:
        wall = {speed.case: speed.wall_s for speed in speeds if speed.config == name}
        print(
            f"{name}: the cache makes it {wall['no cache'] / wall['cache']:.0f} times as fast, and "
            f"{wall['no cache, one frame'] / wall['cache']:.0f} times as fast as without it at one frame per "
            f"step (goal: {GOAL})"
        )
    if options.json:
        write_json(options.json, {"cores": cores, "speeds": [speed._asdict() for speed in speeds]})


if __name__ == "__main__":
    run(main)
