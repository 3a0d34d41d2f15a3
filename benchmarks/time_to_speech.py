"""CPU-minutes of training from scratch until speech is clear and natural: the project's headline number.

It is the CPU time of the first kept checkpoint from which on, on held-out sentences spoken free-running,
Whisper's word error rate stays at or below MOST_WORDS times that of the recordings, and P.808 at or above
LEAST_P808. All CPU time of the training process counts, including compilation (the compile cache is off),
validation and checkpoints, but not the preparation of the corpus and the judging.

    python benchmarks/time_to_speech.py --data-root ../shared/data/kathleen
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.commands.endings import run
from xtts_jax.errors import UserError
from xtts_jax.judge import naturalness, rows
from xtts_jax.judge.evaluate import corpus_of_run, held_out, sentences_of
from xtts_jax.judge.table import judge_row
from xtts_jax.listen.recognisers import open_recogniser
from xtts_jax.runs.checkpoint import open_manager
from xtts_jax.runs.settings import read_config, write_json
from xtts_jax.speak.synthesizer import Synthesizer

MOST_WORDS = 3.0  # times the word error rate of the recordings
LEAST_P808 = 3.3
CORES = 2
REPOSITORY = Path(__file__).resolve().parents[1]


class Point(NamedTuple):
    """A kept checkpoint; ratio is its word error rate over that of the recordings."""

    step: int
    cpu_minutes: float
    wer: float
    ratio: float
    p808: float

    @property
    def reached(self) -> bool:
        return self.ratio <= MOST_WORDS and self.p808 >= LEAST_P808


def train(options: argparse.Namespace, extra: Sequence[str]) -> None:
    """Trains the run; raises `UserError` if run_train.py fails or the workdir already has a run."""
    if (options.workdir / "checkpoints").exists():
        raise UserError(
            f"{options.workdir} already has a run, but the time must be counted from scratch. Give another "
            "--workdir, delete that one, or judge it as it is with --score-only."
        )
    command = [sys.executable, str(REPOSITORY / "run_train.py"), "--config", options.config]
    command += ["--workdir", str(options.workdir), f"--config.data.root={options.data_root}"]
    command += [f"--config.train.steps={options.steps}", "--config.preflight.enabled=false"]
    command += [
        f"--config.train.{name}_every={options.keep_every}" for name in ("keep", "checkpoint", "eval")
    ]
    print(" ".join([*command, *extra]), flush=True)
    environment = {**os.environ, "JAX_ENABLE_COMPILATION_CACHE": "false"}
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)  # inherited by the child
    if subprocess.run([*command, *extra], env=environment, check=False).returncode:
        raise UserError("The training run failed; its message is above.")


def score(workdir: Path, sentences: int, recogniser: str) -> tuple[dict[str, float], list[Point]]:
    """The figures of the recordings, and the points of all kept checkpoints."""
    config = read_config(workdir)
    steps = sorted(open_manager(workdir).all_steps())
    if not steps:
        raise UserError(f"{workdir} has no finished checkpoint. Train it first, without --score-only.")
    seconds = cpu_seconds(workdir / "metrics.jsonl", steps)
    corpus = corpus_of_run(workdir, config)
    chosen = held_out(corpus, sentences)
    said, transcriber = sentences_of(corpus, chosen), open_recogniser(recogniser)

    def figures(clips: list) -> dict[str, float]:
        return judge_row(clips, config.audio.sample_rate, said, transcriber, [naturalness.dnsmos]).means()

    recorded = figures(rows.recordings(corpus, chosen))
    points = []
    for step in tqdm(steps, "checkpoints"):
        tts = Synthesizer(workdir, step=step)
        ours = figures([tts(text, code).audio for text, code in zip(said.texts, said.languages, strict=True)])
        ratio = ours["wer"] / max(recorded["wer"], 1e-9)
        points.append(Point(step, seconds[step] / 60, ours["wer"], ratio, ours["p808"]))
        tqdm.write(describe(points[-1]))
    return recorded, points


def cpu_seconds(log: Path, steps: Sequence[int]) -> dict[int, float]:
    """`cpu_s` of the first line of the log at or after each step; `UserError` if there is none."""
    if not log.is_file():
        raise UserError(
            f"{log} is missing, so the CPU time of training is unknown. Train again, with a new --workdir."
        )
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    spent = sorted((line["step"], line["cpu_s"]) for line in lines if "cpu_s" in line)
    found = {step: next((cpu for at, cpu in spent if at >= step), None) for step in steps}
    missing = [step for step, cpu in found.items() if cpu is None]
    if missing:
        raise UserError(
            f"{log} has no cpu_s at or after step {missing[0]}, perhaps because the run was cut off there. "
            "Train again, with a new --workdir."
        )
    return {step: cpu for step, cpu in found.items() if cpu is not None}


def time_to_speech(points: Sequence[Point]) -> Point | None:
    """The first point from which on every point has reached both limits."""
    reached = None
    for point in reversed(points):
        if not point.reached:
            return reached
        reached = point
    return reached


def describe(point: Point) -> str:
    errors = f"{point.wer:>8.3f} {point.ratio:>8.2f}"
    return f"{point.step:>8} {point.cpu_minutes:>12.1f} {errors} {point.p808:>8.2f}"


def headline(points: Sequence[Point]) -> str:
    reached = time_to_speech(points)
    if reached is None:
        last = points[-1]
        return (
            f"Not reached: the last checkpoint has {last.ratio:.2f} times the word errors of recordings (at "
            f"most {MOST_WORDS:g}) and a P.808 of {last.p808:.2f} (at least {LEAST_P808:g})."
        )
    return f"Time to speech: {reached.cpu_minutes:.1f} CPU-minutes ({reached.step} steps)."


def report(
    options: argparse.Namespace, recorded: dict[str, float], points: Sequence[Point]
) -> dict[str, Any]:
    reached = time_to_speech(points)
    return {
        "workdir": str(options.workdir),
        "limits": {"ratio": MOST_WORDS, "p808": LEAST_P808},
        "recordings": recorded,
        "points": [point._asdict() for point in points],
        "cpu_minutes": reached.cpu_minutes if reached else None,
        "step": reached.step if reached else None,
    }


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Further options (--config.model.width=128 ...) are passed to run_train.py.",
        allow_abbrev=False,
    )
    parser.add_argument("--config", default=str(REPOSITORY / "configs" / "tiny.py"))
    parser.add_argument("--data-root", default="../shared/data/kathleen", help="default: %(default)s")
    parser.add_argument("--workdir", type=Path, default=Path("runs/time_to_speech"))
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--keep-every", type=int, default=100, help="steps; the resolution of the result")
    parser.add_argument("--sentences", type=int, default=40)
    parser.add_argument("--recogniser", default="whisper", help="as for xtts-jax evaluate")
    parser.add_argument("--score-only", action="store_true", help="judge the run in --workdir as it is")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options, extra = parser.parse_known_args(arguments)
    naturalness.require_package()
    if not options.score_only:
        train(options, extra)
    elif extra:
        raise UserError(f"--score-only trains nothing. Leave it out, or leave out {' '.join(extra)}.")
    print(f"\n{'step':>8} {'CPU-minutes':>12} {'WER':>8} {'ratio':>8} {'P.808':>8}")
    recorded, points = score(options.workdir, options.sentences, options.recogniser)
    print(f"recordings: WER {recorded['wer']:.3f}, P.808 {recorded['p808']:.2f}")
    print(headline(points))
    if options.json:
        write_json(options.json, report(options, recorded, points))


if __name__ == "__main__":
    run(main)
