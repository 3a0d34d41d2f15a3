"""Our training step beside that of Matcha-TTS in PyTorch, on as much speech, in turn.

    python3 -m venv .venv-matcha
    .venv-matcha/bin/python -m pip install torch conformer diffusers einops gdown hydra-core librosa \\
        lightning matplotlib rich wget
    .venv-matcha/bin/python -m pip install --no-deps matcha-tts
    taskset -c 0 .venv/bin/python benchmarks/matcha_step.py [--configs tiny small] [--peer PYTHON]

PYTHON is that of an environment with matcha-tts (MIT), whose step runs there (`matcha_step_torch.py`), on the
same cores. Both train in float32 on 16 utterances of 120 tokens and 600 frames. Matcha-TTS is spared two
things that our step includes: mels, which its loader computes, and the alignment search. With
discriminators is how a preset trains from `adversarial.start` on.

Times are medians. Useful operations are those of matrix products and convolutions, forward and backward, as
`train_step.py` and PyTorch count them. Rates are by CPU-seconds, so that other work on the cores counts less.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks.adversarial_step import stepper, steps_of
from benchmarks.train_step import FRAMES, TOKENS, UTTERANCES, matrix_flop, preset, timed
from xtts_jax.commands.endings import run
from xtts_jax.errors import UserError
from xtts_jax.runs.settings import write_json
from xtts_jax.train.state import DISCRIMINATORS
from xtts_jax.train.step import DEVICES

Seconds = tuple[float, float]  # wall and CPU


class Case(NamedTuple):
    name: str
    params: int  # without those of discriminators
    gflop: float
    once: Callable[[], Seconds]


class Cost(NamedTuple):
    """Medians."""

    name: str
    params: int
    gflop: float
    wall_s: float
    cpu_s: float
    frames_per_cpu_s: float
    gflop_per_cpu_s: float


@contextmanager
def matcha(python: str) -> Iterator[Case]:
    """Its step in a process of its own, which waits while others run."""
    script = str(Path(__file__).with_name("matcha_step_torch.py"))
    command = [python, "-W", "ignore", script, *map(str, (UTTERANCES, TOKENS, FRAMES))]
    try:
        peer: Any = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise UserError(
            f"--peer: {python} cannot be started ({error.strerror}). Name the Python of an environment with "
            "matcha-tts; the head of benchmarks/matcha_step.py says how to make one."
        ) from error

    def answer() -> Any:
        if not (line := peer.stdout.readline()):
            raise UserError(f"The step of Matcha-TTS has failed in {python}; its complaint is above.")
        return json.loads(line)

    def once() -> Seconds:
        print(file=peer.stdin, flush=True)
        wall, cpu = answer()
        return wall, cpu

    with peer:
        about = answer()
        yield Case(f"Matcha-TTS, PyTorch {about['torch']}", about["params"], about["gflop"], once)


def ours(name: str) -> Iterator[Case]:
    """A preset's steps before and after discriminators join."""
    steps, state, batch = steps_of(preset(name))
    learned = {module: params for module, params in state.params.items() if module != DISCRIMINATORS}
    size = sum(leaf.size for leaf in jax.tree.leaves(learned))
    for judged, step in steps.items():
        gflop = matrix_flop(jax.make_jaxpr(step, axis_env=[(DEVICES, 1)])(state, batch).jaxpr) / 1e9
        once, title = stepper(step, state, batch), f"{name}, with discriminators" if judged else name
        yield Case(title, size, gflop, lambda f=once: timed(f)[1:])


def measure(cases: Sequence[Case], repeats: int) -> list[Cost]:
    """The cost of each step, taken in turn; the first turn compiles."""
    spent: list[list[Seconds]] = [[] for _ in cases]
    for _ in range(repeats + 1):
        for case, times in zip(cases, spent, strict=True):
            times.append(case.once())
    costs = []
    for case, times in zip(cases, spent, strict=True):
        wall, cpu = map(statistics.median, zip(*times[1:], strict=True))
        rates = UTTERANCES * FRAMES / cpu, case.gflop / cpu
        costs.append(Cost(case.name, case.params, case.gflop, wall, cpu, *rates))
    return costs


def describe(cost: Cost, peer: Cost) -> str:
    return (
        f"{cost.name:32s} {cost.params / 1e6:6.1f} M {cost.gflop:7.0f} {cost.wall_s:7.2f} {cost.cpu_s:7.2f} "
        f"{cost.frames_per_cpu_s:12.0f} {cost.gflop_per_cpu_s:12.1f} "
        f"{cost.frames_per_cpu_s / peer.frames_per_cpu_s:15.2f} "
        f"{cost.gflop_per_cpu_s / peer.gflop_per_cpu_s:8.2f}"
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--configs", nargs="+", default=["tiny", "small"], metavar="NAME")
    parser.add_argument("--peer", default=".venv-matcha/bin/python", metavar="PYTHON")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="steps; default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        raise UserError(f"--repeats must be at least 1, not {options.repeats}.")
    with matcha(options.peer) as peer:
        costs = measure([peer, *(case for name in options.configs for case in ours(name))], options.repeats)
    print(f"{'':34s} params   GFLOP  wall s   CPU s frames/CPU-s  GFLOP/CPU-s  ratios: frames    GFLOP")
    print("\n".join(describe(cost, costs[0]) for cost in costs))
    if options.json:
        write_json(options.json, [cost._asdict() for cost in costs])


if __name__ == "__main__":
    run(main)
