"""The cost of a training step of a vocoder, at the shipped size and at published ones.

    python benchmarks/vocoder_step.py [--cases shipping hifigan_v1 vocos] [--torch] [--repeats 5]

A step of `train/vocoder/step.py` on noise: generator, discriminators, losses, both gradients, AdamW and
averaged params. `warm-up` is the step before the discriminators join. With --torch, which needs PyTorch in
the environment, the published cases are timed in PyTorch as well, in the same run and with as many threads
(`vocoder_step_torch.py`). CPU-seconds are those of this process on all cores; the minimum of the repeats
counts, because other load on the machine only adds time.
"""

import importlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks.scale_discriminator import ScaleDiscriminators
from benchmarks.vocoder_options import parser
from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import run
from xtts_jax.config import Audio
from xtts_jax.models import vocoders
from xtts_jax.models.discriminators import Discriminators, Verdicts
from xtts_jax.models.discriminators.periods import PUBLISHED_PERIODS, Periods
from xtts_jax.models.discriminators.resolutions import VOCOS_RESOLUTIONS, Resolutions
from xtts_jax.models.vocoders.spec import HIFIGAN_V1, Istft, Spec
from xtts_jax.runs.settings import write_json
from xtts_jax.train import parallel
from xtts_jax.train.vocoder.duel import Objective
from xtts_jax.train.vocoder.step import Clips, Optimizers, init_vocoder_state, make_vocoder_step

REPOSITORY = Path(__file__).resolve().parents[1]
FLOAT = jnp.dtype("float32")
N_FFTS = (512, 1024, 2048)


@dataclass(frozen=True)
class Case:
    generator: Spec
    audio: Audio
    periods: Periods
    resolutions: Resolutions
    scales: int  # number of HiFi-GAN's scale discriminators
    batch: int
    frames: int
    objective: Objective


class Cost(NamedTuple):
    case: str
    step: str
    cpu_s: float  # minimum
    median_cpu_s: float
    wall_s: float  # minimum
    first_s: float  # first step, with compilation


def cases() -> dict[str, Case]:
    ours = load_config(str(REPOSITORY / "configs" / "base.py"), ()).audio
    of_24_khz = replace(ours, sample_rate=24_000, n_mels=100, fmax=12_000.0)
    shipping = Objective(45.0, 2.0, 1.0, 1.0, 1.0, 1.0, "hinge", N_FFTS, 32)
    hifigan = Objective(45.0, 0.0, 1.0, 2.0, 5.0, 3.0, "least_squares", N_FFTS, 32)
    vocos = Objective(45.0, 0.0, 1.0, 1.0, 1.0, 0.1, "hinge", N_FFTS, 64)
    thin = Periods((2, 3, 5, 7, 11), (32, 64, 128, 256, 256))
    return {
        "shipping": Case(Istft(256, 768, 6, 2), ours, thin, Resolutions(N_FFTS, 32), 0, 16, 80, shipping),
        "hifigan_v1": Case(HIFIGAN_V1, ours, PUBLISHED_PERIODS, Resolutions((), 0), 3, 8, 32, hifigan),
        "vocos": Case(Istft(512, 1536, 8), of_24_khz, PUBLISHED_PERIODS, VOCOS_RESOLUTIONS, 0, 8, 64, vocos),
    }


def measure(name: str, case: Case, repeats: int, *, beside_torch: bool) -> Iterator[Cost]:
    step, first_state, clips = prepare(case)
    for label, dueling in (("warm-up", False), ("GAN", True)):
        yield Cost(name, label, *timings(stepper(step(dueling), first_state(), clips), repeats))
    if beside_torch:
        peer = importlib.import_module("benchmarks.vocoder_step_torch")
        yield Cost(name, "torch GAN", *timings(peer.stepper(case), repeats))


def prepare(case: Case) -> tuple[Callable[[bool], Callable], Callable[[], Any], Clips]:
    generator = vocoders.build(case.generator, case.audio, FLOAT)
    families = Discriminators(case.periods, case.resolutions, case.audio, FLOAT)
    scales = ScaleDiscriminators(case.scales, FLOAT)
    adam = optax.chain(optax.clip_by_global_norm(10.0), optax.adamw(2e-4, b1=0.8, b2=0.99))
    clips, optimizers = noise(case), Optimizers(adam, adam)

    def generate(params: Any, mel: jax.Array) -> jax.Array:
        return cast(jax.Array, generator.apply({"params": params}, mel))

    def judge(params: Any, audio: jax.Array) -> Verdicts:
        verdicts = cast(Verdicts, families.apply({"params": params["families"]}, audio))
        if case.scales:  # in place of the resolutions
            verdicts["resolutions"] = cast(list, scales.apply({"params": params["scales"]}, audio))
        return verdicts

    def first_state() -> Any:
        key = jax.random.key(0)
        judges = {"families": families, "scales": scales} if case.scales else {"families": families}
        params = {
            name: jax.jit(module.init)(key, clips.audio[:1])["params"] for name, module in judges.items()
        }
        return init_vocoder_state(
            jax.jit(generator.init)(key, clips.mel[:1])["params"], params, optimizers, 0
        )

    def decay(step: jax.Array) -> jax.Array:
        return jnp.full_like(step, 0.999, jnp.float32)

    def step(dueling: bool) -> Callable:
        return make_vocoder_step(
            generate, judge, optimizers, case.audio, case.objective, decay, dueling=dueling, accumulate=1
        )

    return step, first_state, clips


def noise(case: Case) -> Clips:
    random, audio = np.random.default_rng(0), case.audio
    waveforms = random.normal(size=(case.batch, case.frames * audio.hop_length)) * 0.1
    mel = random.normal(size=(case.batch, case.frames, audio.n_mels)) - 5
    return Clips(waveforms.astype(np.float32), mel.astype(np.float32))


def stepper(step: Callable, state: Any, clips: Clips) -> Callable[[], None]:
    compiled, held = parallel.compile_step(step, donate_state=True), [parallel.replicate(state)]
    shards = parallel.shard(clips)

    def once() -> None:
        held[0], metrics = compiled(held[0], shards)
        jax.block_until_ready((held[0], metrics))

    return once


def timings(once: Callable[[], None], repeats: int) -> tuple[float, float, float, float]:
    wall_s, cpu_s = [], []
    for _ in range(repeats + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        once()
        wall_s.append(time.perf_counter() - wall)
        cpu_s.append(time.process_time() - cpu)
    return min(cpu_s[1:]), statistics.median(cpu_s[1:]), min(wall_s[1:]), wall_s[0]


def main(arguments: Sequence[str]) -> None:
    known = cases()
    options = parser(__doc__ or "", known, 5).parse_args(arguments)
    print(f"{'case':12s} {'step':10s} {'CPU s':>8s} {'median':>8s} {'wall s':>8s} {'first s':>8s}")
    costs = []
    for name in options.cases:
        beside_torch = options.torch and name != "shipping"
        for cost in measure(name, known[name], options.repeats, beside_torch=beside_torch):
            costs.append(cost)
            numbers = "".join(f" {value:8.3f}" for value in cost[2:])
            print(f"{cost.case:12s} {cost.step:10s}{numbers}", flush=True)
    if options.json:
        write_json(options.json, {"steps": [cost._asdict() for cost in costs]})


if __name__ == "__main__":
    run(main)
