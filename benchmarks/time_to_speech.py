"""CPU-minutes of training, from nothing, until a run is understood: the project's headline number.

The figure is the CPU time of the first kept checkpoint from which on the open-vocabulary word
error rate on held-out sentences stays at or under LIMIT times that of the recordings through mel +
Griffin-Lim. It counts what the training process and its threads spend, with compilation (the
compile cache is off), validation and checkpoints; preparing the corpus and judging are left out.

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
from xtts_jax.data.shards import Record, to_float32
from xtts_jax.errors import UserError
from xtts_jax.judge import judges
from xtts_jax.judge.evaluate import corpus_of_run, held_out, speak_all, through_mel
from xtts_jax.runs.checkpoint import open_manager
from xtts_jax.runs.settings import read_config, write_json
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.vocoder.vocode import GRIFFIN_LIM, GriffinLim

LIMIT = 1.3  # times the word error rate of the recordings through Griffin-Lim
CORES = 2
REPOSITORY = Path(__file__).resolve().parents[1]


class Point(NamedTuple):
    """One kept checkpoint; ratio is its open-vocabulary word error rate over that of Griffin-Lim."""

    step: int
    cpu_minutes: float
    wer_open: float
    wer_closed: float
    ratio: float


def train(options: argparse.Namespace, extra: Sequence[str]) -> None:
    """Raises `UserError` where run_train.py fails or the workdir has been trained in before."""
    if (options.workdir / "checkpoints").exists():
        raise UserError(
            f"{options.workdir} holds a run already, and the time counts from nothing. Give another "
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
    os.sched_setaffinity(0, cores)  # the child inherits it
    if subprocess.run([*command, *extra], env=environment, check=False).returncode:
        raise UserError("The training run failed; its own message stands above.")


def score(workdir: Path, sentences: int) -> tuple[dict[str, float], list[Point]]:
    """The word error rates of the recordings through Griffin-Lim, and every kept checkpoint beside them."""
    config = read_config(workdir)
    steps = sorted(open_manager(workdir).all_steps())
    if not steps:
        raise UserError(f"{workdir} holds no finished checkpoint.")
    seconds = cpu_seconds(workdir / "metrics.jsonl", steps)
    records = heard_records(held_out(corpus_of_run(workdir, config), sentences))
    rate = config.audio.sample_rate
    speak = GriffinLim(config.audio)
    rebuilt = [through_mel(to_float32(r.audio), config.audio, speak) for r in records]
    ceiling = word_errors(rebuilt, records, rate)
    points = []
    for step in tqdm(steps, "checkpoints"):
        synthesizer = Synthesizer(workdir, step=step, vocoder=GRIFFIN_LIM)
        ours = word_errors(speak_all(synthesizer, records), records, rate)
        ratio = ours["open"] / max(ceiling["open"], 1e-9)
        points.append(Point(step, seconds[step] / 60, ours["open"], ours["closed"], ratio))
        tqdm.write(describe(points[-1]))
    return ceiling, points


def heard_records(records: Sequence[Record]) -> list[Record]:
    """Those in the recogniser's language."""
    heard = [record for record in records if record.language in judges.LANGUAGES]
    if not heard:
        raise UserError("The recogniser hears English only, and none of the held-out sentences is English.")
    return heard


def word_errors(clips: list, records: Sequence[Record], sample_rate: int) -> dict[str, float]:
    texts = [record.text for record in records]
    return {
        vocabulary: judges.word_error_rate(clips, sample_rate, texts, vocabulary).wer
        for vocabulary in ("open", "closed")
    }


def cpu_seconds(log: Path, steps: Sequence[int]) -> dict[int, float]:
    """`cpu_s` of the first line of the log at or past each step. `UserError` where there is none."""
    if not log.is_file():
        raise UserError(f"{log} is missing: without it nobody knows what the training cost.")
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    spent = sorted((line["step"], line["cpu_s"]) for line in lines if "cpu_s" in line)
    found = {step: next((cpu for at, cpu in spent if at >= step), None) for step in steps}
    missing = [step for step, cpu in found.items() if cpu is None]
    if missing:
        raise UserError(f"{log} has no cpu_s at or past step {missing[0]}: was the run cut off there?")
    return {step: cpu for step, cpu in found.items() if cpu is not None}


def time_to_speech(points: Sequence[Point]) -> Point | None:
    """The first point from which on every ratio is at most LIMIT."""
    reached = None
    for point in reversed(points):
        if point.ratio > LIMIT:
            return reached
        reached = point
    return reached


def describe(point: Point) -> str:
    return (
        f"{point.step:>8} {point.cpu_minutes:>12.1f} {point.wer_open:>10.3f} {point.wer_closed:>8.3f} "
        f"{point.ratio:>8.2f}"
    )


def headline(points: Sequence[Point]) -> str:
    reached = time_to_speech(points)
    if reached is None:
        return f"Not reached: the last checkpoint has {points[-1].ratio:.2f} times the errors, over {LIMIT}."
    return f"Time to speech: {reached.cpu_minutes:.1f} CPU-minutes ({reached.step} steps)."


def report(options: argparse.Namespace, ceiling: dict[str, float], points: Sequence[Point]) -> dict[str, Any]:
    reached = time_to_speech(points)
    return {
        "workdir": str(options.workdir),
        "limit": LIMIT,
        "griffin_lim": ceiling,
        "points": [point._asdict() for point in points],
        "cpu_minutes": reached.cpu_minutes if reached else None,
        "step": reached.step if reached else None,
    }


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Further options (--config.model.width=128 ...) go to run_train.py.",
        allow_abbrev=False,
    )
    parser.add_argument("--config", default=str(REPOSITORY / "configs" / "tiny.py"))
    parser.add_argument("--data-root", default="../shared/data/kathleen", help="default: %(default)s")
    parser.add_argument("--workdir", type=Path, default=Path("runs/time_to_speech"))
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--keep-every", type=int, default=100, help="steps; the grain of the figure")
    parser.add_argument("--sentences", type=int, default=40)
    parser.add_argument("--score-only", action="store_true", help="judge the run in --workdir as it is")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options, extra = parser.parse_known_args(arguments)
    judges.require_packages()
    if not options.score_only:
        train(options, extra)
    elif extra:
        raise UserError(f"Nothing is trained with --score-only, so there is no use for {' '.join(extra)}.")
    print(f"\n{'step':>8} {'CPU-minutes':>12} {'WER open':>10} {'closed':>8} {'ratio':>8}")
    ceiling, points = score(options.workdir, options.sentences)
    print(f"Griffin-Lim of the recordings: open {ceiling['open']:.3f}, closed {ceiling['closed']:.3f}")
    print(headline(points))
    if options.json:
        write_json(options.json, report(options, ceiling, points))


if __name__ == "__main__":
    run(main)
