"""How fast batches are loaded, and how long a device of a given speed would wait for them.

    python benchmarks/loader.py [--data.root DIR] [--frames-per-s 300000] [--seconds 10] [--json FILE]

A corpus, by default the built-in one, is prepared and its training batches are loaded ahead as a training
does: as fast as they come, and for a device that takes each batch away after the time that its mel frames
need at the given speed. Recordings come from memory, as those of small corpora do after an epoch, or are read
and decoded each time, as those of large corpora are.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from benchmarks.prepare import cpu_seconds
from configs import normal
from xtts_jax.commands.endings import run
from xtts_jax.config import Config, build
from xtts_jax.data import corpus as corpora
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import train_batches
from xtts_jax.data.prepare import prepare
from xtts_jax.runs.settings import write_json

WAIT_GOAL = 0.03  # share of the time of a device


class Loading(NamedTuple):
    recordings: str
    frames_per_s: float  # as fast as batches come
    cpu_s_per_million: float  # frames
    waited: float  # share of the time of a device of the given speed


def measure(corpus: Corpus, config: Config, seconds: float, device_frames_per_s: float) -> list[Loading]:
    epoch = BatchPlan(corpus, config).steps_per_epoch
    with mock.patch.object(corpora, "KEPT_BYTES", 0):
        decoded = _loading("decoded", Corpus.open(corpus.folder), config, 0, seconds, device_frames_per_s)
    kept = _loading("in memory", corpus, config, epoch, seconds, device_frames_per_s)
    return [decoded, kept]


def _loading(
    name: str, corpus: Corpus, config: Config, first: int, seconds: float, device_frames_per_s: float
) -> Loading:
    """first: batches that are loaded before anything is measured."""
    frames_per_s, cpu_s_per_million, _ = _consume(corpus, config, first, seconds, None)
    _, _, waited = _consume(corpus, config, first, seconds, device_frames_per_s)
    return Loading(name, frames_per_s, cpu_s_per_million, waited)


def _consume(
    corpus: Corpus, config: Config, first: int, seconds: float, device_frames_per_s: float | None
) -> tuple[float, float, float]:
    """Frames per second, CPU-seconds per million of them, and the share of the time waited for a batch."""
    batches = train_batches(corpus, config)
    for _ in range(first + 1):
        next(batches)
    frames, waited, start, cpu_start = 0, 0.0, time.perf_counter(), cpu_seconds()
    while (now := time.perf_counter()) < start + seconds:
        batch = next(batches)
        waited += time.perf_counter() - now
        count = int(batch.mel_lengths.sum())
        frames += count
        if device_frames_per_s:
            time.sleep(count / device_frames_per_s)
    spent = time.perf_counter() - start
    return frames / spent, 1e6 * (cpu_seconds() - cpu_start) / frames, waited / spent


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--data.root", dest="root", default="", metavar="DIR")
    parser.add_argument("--frames-per-s", type=float, default=300_000, metavar="X", help="of the device")
    parser.add_argument("--seconds", type=float, default=10, metavar="X", help="of each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    config = build(normal.get_config())
    with tempfile.TemporaryDirectory() as cache:
        config = replace(config, data=replace(config.data, root=options.root, cache_dir=cache))
        corpus = Corpus.open(prepare(config))
        rows = measure(corpus, config, options.seconds, options.frames_per_s)
    print(f"{len(os.sched_getaffinity(0))} cores; a device of {options.frames_per_s:,.0f} frames/s")
    for row in rows:
        speed = f"{row.frames_per_s:10,.0f} frames/s, {row.cpu_s_per_million:.2f} CPU-seconds per million"
        print(f"{row.recordings:10s} {speed}; the device waits {row.waited:.1%} (goal: {WAIT_GOAL:.0%})")
    if options.json:
        write_json(options.json, [row._asdict() for row in rows])


if __name__ == "__main__":
    run(main)
