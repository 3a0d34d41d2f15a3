"""The speed of preparation, in seconds of recordings per second of wall time, and the size of the shards.

`python benchmarks/prepare.py [--data.root DIR]` prepares a corpus from scratch, including the start of the
processes and the statistics. Without a folder it first makes the demo corpus, which is not timed.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from configs import base
from xtts_jax.config import build
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.demo_speech import make_demo_corpus
from xtts_jax.data.prepare import prepare

GOAL = 100  # times real time, on two cores


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data.root", dest="root", default="", metavar="DIR")
    parser.add_argument("--data.workers", dest="workers", type=int, default=2, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        root = options.root or str(make_demo_corpus(Path(cache), options.workers))
        config = build(base.get_config())
        data = replace(config.data, root=root, cache_dir=f"{cache}/prepared", workers=options.workers)
        start, cpu_start_s = time.perf_counter(), cpu_seconds()
        corpus = Corpus.open(prepare(replace(config, data=data)))
        wall_s, cpu_s = time.perf_counter() - start, cpu_seconds() - cpu_start_s
        speech_s = config.audio.seconds(int(corpus.index.frames.sum()))
        share = int(corpus.index.shard_bytes.sum()) / (2 * config.audio.sample_rate * speech_s)
    print(
        f"{len(corpus)} clips, {speech_s / 60:.1f} min of speech, {options.workers} workers: {wall_s:.1f} s, "
        f"{speech_s / wall_s:.0f} times real time (goal: {GOAL}); {cpu_s:.1f} CPU-seconds; "
        f"shards of {share:.0%} of the size of 16-bit audio"
    )


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
