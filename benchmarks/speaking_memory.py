"""The memory that speaking takes: many lines of different lengths, and a long text.

    python benchmarks/speaking_memory.py --ckpt WORKDIR [--lines 50 1000] [--minutes 1 60] [--vocoder ...]

Each count is spoken by `run_infer.py` in a process of its own, whose peak resident memory is shown, with its
ratio to that of the first count.
"""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_run, add_vocoder
from xtts_jax.errors import UserError

WORDS = (
    "a man and a boy went down to the river in the morning to see how high the water had risen since "
    "the storm but nobody was there so they sat on the wall and waited for the others"
)
ROOT = Path(__file__).parents[1]
MOST_WORDS = 30  # a line
CHARACTERS_A_MINUTE = 900
GOAL = 1.2


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_run(parser)
    add_vocoder(parser)
    counts = {"type": int, "nargs": "+", "metavar": "N", "help": "default: %(default)s"}
    parser.add_argument("--lines", default=[50, 1000], **counts)
    parser.add_argument("--minutes", default=[1, 60], **counts)
    options = parser.parse_args(arguments)
    speak = ["--ckpt", str(options.ckpt), *(["--vocoder", options.vocoder] if options.vocoder else [])]
    compare("lines", options.lines, lines, speak)
    compare("minutes", options.minutes, minutes, speak)


def compare(unit: str, counts: Sequence[int], text: Callable[[int], str], speak: Sequence[str]) -> None:
    peaks = [peak_mib(text(count), unit, speak) for count in counts]
    for count, peak in zip(counts, peaks, strict=True):
        print(
            f"{count:5d} {unit:8s} {peak:8.0f} MiB {peak / peaks[0]:6.2f} x (goal: at most {GOAL})",
            flush=True,
        )


def lines(count: int) -> str:
    """Lines of 1 to MOST_WORDS words in any order, so that hardly two of them take equally long."""
    chosen = random.Random(0)
    return "".join(
        " ".join(chosen.choices(WORDS.split(), k=chosen.randint(1, MOST_WORDS))) + ".\n" for _ in range(count)
    )


def minutes(count: int) -> str:
    """About `count` minutes of sentences, as one line."""
    text, some = "", lines(1000).replace("\n", " ")
    while len(text) < count * CHARACTERS_A_MINUTE:
        text += some
    return text[: count * CHARACTERS_A_MINUTE].rsplit(".", 1)[0] + "."


def peak_mib(text: str, unit: str, speak: Sequence[str]) -> float:
    """The peak of a process that speaks each line of a text."""
    with TemporaryDirectory() as folder:
        (file := Path(folder) / "text.txt").write_text(text, encoding="utf-8")
        places = ["--text-file", str(file), "--out", str(Path(folder) / "out.wav")]
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run_infer.py"), *speak, *places], stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise UserError(f"run_infer.py could not speak {text.count('.')} sentences in {unit}; see above.")
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    run(main)
