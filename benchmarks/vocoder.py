"""The speed of vocoders: a sentence of 7 s, on all cores, compared with published ones in PyTorch.

    python benchmarks/vocoder.py [--torch] [--repeats 20] [--json FILE]

Every case is warmed up and runs in turn with its peer, so that both see the same load on the machine; the
minimum of the repeats counts. `x real time` is by wall time, `first chunk` the wait for the first 0.3 s of a
stream. With --torch, which needs `torch vocos transformers` in the environment, the peers run in the same
process: `vocos` of the package vocos, `hifigan_v1` of the package transformers. `shipped` and
`2_refinements` are the same generator, with the refinements that it ships with and was trained with.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks.vocoder_options import parser
from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import run
from xtts_jax.config import Audio
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders.spec import HIFIGAN_V1, Hifigan, Istft, Spec
from xtts_jax.runs.settings import write_json
from xtts_jax.vocoder.trained import SLANEY, Vocoder

REPOSITORY = Path(__file__).resolve().parents[1]
SECONDS = 7.0


class Cost(NamedTuple):
    case: str
    cpu_s: float
    wall_s: float
    times_real_time: float
    first_chunk_ms: float  # NaN for peers


def cases() -> dict[str, tuple[Spec, Audio]]:
    ours = load_config(str(REPOSITORY / "configs" / "base.py"), ()).audio
    of_24_khz = replace(ours, sample_rate=24_000, n_mels=100, fmax=12_000.0)
    return {
        "shipped": (Istft(256, 768, 6, 30), ours),
        "2_refinements": (Istft(256, 768, 6, 2), ours),
        "vocos": (Istft(512, 1536, 8), of_24_khz),
        "hifigan_v1": (HIFIGAN_V1, ours),
    }


def vocoder_of(spec: Spec, audio: Audio) -> Vocoder:
    """A vocoder with random weights, on which the speed does not depend."""
    generator = vocoders.build(spec, audio, jnp.dtype("float32"))
    params = jax.jit(generator.init)(jax.random.key(0), jnp.zeros((1, 8, audio.n_mels)))["params"]
    return Vocoder(spec, audio, SLANEY, params)


def peer_of(spec: Spec, n_mels: int, frames: int) -> Callable[[], object]:
    from benchmarks import vocoder_peers

    if isinstance(spec, Hifigan):
        return vocoder_peers.hifigan(spec, n_mels, frames)
    return vocoder_peers.vocos(spec, n_mels, frames)


def measure(name: str, spec: Spec, audio: Audio, repeats: int, *, beside_torch: bool) -> list[Cost]:
    mel = np.random.default_rng(0).normal(-5, 1, (1, audio.frames(SECONDS), audio.n_mels)).astype(np.float32)
    vocoder = vocoder_of(spec, audio)
    speakers: dict[str, Callable[[], object]] = {
        name: lambda: vocoder(mel),
        "chunk": lambda: next(vocoder.stream(mel)),
    }
    if beside_torch:
        speakers[f"{name}, torch"] = peer_of(spec, audio.n_mels, mel.shape[1])
    least = alternate(speakers, repeats)
    first_chunk_ms = 1000 * least.pop("chunk")[1]
    return [
        Cost(each, cpu, wall, SECONDS / wall, first_chunk_ms if each == name else float("nan"))
        for each, (cpu, wall) in least.items()
    ]


def alternate(speakers: dict[str, Callable[[], object]], repeats: int) -> dict[str, tuple[float, float]]:
    """The minimum of CPU-seconds and of seconds of each, called in turn; the first calls are a warm-up."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in speakers}
    for _ in range(repeats + 1):
        for name, speak in speakers.items():
            wall, cpu = time.perf_counter(), time.process_time()
            speak()
            spent[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {name: (min(c for c, _ in each[1:]), min(w for _, w in each[1:])) for name, each in spent.items()}


def main(arguments: Sequence[str]) -> None:
    known = cases()
    options = parser(__doc__ or "", known, 20).parse_args(arguments)
    print(f"{'case':20s} {'CPU s':>8s} {'wall s':>8s} {'x real time':>12s} {'first chunk ms':>15s}")
    costs = []
    for name in options.cases:
        beside_torch = options.torch and name in ("vocos", "hifigan_v1")
        for cost in measure(name, *known[name], options.repeats, beside_torch=beside_torch):
            costs.append(cost)
            print(
                f"{cost.case:20s} {cost.cpu_s:8.3f} {cost.wall_s:8.3f} {cost.times_real_time:12.0f} "
                f"{cost.first_chunk_ms:15.1f}",
                flush=True,
            )
    if options.json:
        write_json(options.json, {"seconds": SECONDS, "costs": [cost._asdict() for cost in costs]})


if __name__ == "__main__":
    run(main)
