"""How soon and in how much memory a corpus of millions of recordings opens. It has an index but no sound.

    python benchmarks/large_corpus.py [--rows 10000000] [--speakers 100000] [--json FILE]

An index is made up and written as preparation writes it, with an empty file for every shard of 40
recordings. Then, in a fresh process, come the steps of a training's start: opening the corpus, the checks of
every start, the plan of the batches, the first batch of the first epoch and of the second, the plan of the
validation. Memory is the most that numpy and Python allocate during each, beyond what is kept from those
before; the pages of the index that the system keeps cached are not in it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from configs import normal
from xtts_jax.commands.endings import run
from xtts_jax.config import Config, build
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.chunks import shard_path
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.index import Index, save_index
from xtts_jax.data.labels import Labels
from xtts_jax.data.pipeline import fixed_plan
from xtts_jax.data.settings import write_settings
from xtts_jax.data.soundness import examine
from xtts_jax.data.statistics import save_stats
from xtts_jax.runs.settings import write_json
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats

PER_SHARD = 40  # recordings, as preparation makes them on average
LANGUAGES = np.array(["de", "en", "fa", "fr"])


def config_for(rows: int) -> Config:
    config = build(normal.get_config())
    return replace(config, data=replace(config.data, root=f"{rows} rows, made up"))


def write_corpus(folder: Path, rows: int, speakers: int) -> None:
    """A prepared folder without sound; texts and lengths agree, as those of real corpora."""
    (folder / "shards").mkdir(parents=True)
    index = made_up_index(rows, speakers)
    for name in index.shard_names:
        shard_path(folder, str(name)).touch()
    write_settings(folder, config_for(rows))
    Tokenizer.build(["a"], LANGUAGES.tolist(), "phonemes").save(folder / "tokenizer.json")
    save_stats(folder / "stats.json", Stats(np.zeros(80), np.ones(80), 5.0, 0.2, 0.0, 1.0))
    save_index(folder / "index.npz", index)


def made_up_index(rows: int, speakers: int) -> Index:
    random, numbers = np.random.default_rng(0), np.arange(rows)
    frames = random.integers(80, 1200, rows, dtype=np.int32)
    speaker = np.sort(random.integers(speakers, size=rows, dtype=np.int32))
    shards = -(-rows // PER_SHARD)
    return Index(
        id=numbered("corpus/recording_", numbers),
        speaker=Labels(speaker, numbered("speaker_", np.arange(speakers))),
        language=Labels(speaker % len(LANGUAGES), LANGUAGES),
        emotion=Labels(np.zeros(rows, np.int32), np.array([""])),
        shard=(numbers // PER_SHARD).astype(np.int32),
        position=(numbers % PER_SHARD).astype(np.int32),
        tokens=frames // 8 + random.integers(0, 9, rows, dtype=np.int32),
        frames=frames,
        audio=random.integers(2**63, size=rows, dtype=np.uint64),
        validation=random.random(rows) < 0.04,
        shard_names=numbered("", np.arange(shards)),
        shard_bytes=np.zeros(shards, np.int64),
    )


def numbered(prefix: str, numbers: np.ndarray) -> np.ndarray:
    """(n,) strings that end in eight digits, made without a Python object for each."""
    letters = np.empty((len(numbers), len(prefix) + 8), np.uint32)
    letters[:, : len(prefix)] = [ord(letter) for letter in prefix]
    for place in range(8):
        letters[:, -1 - place] = numbers // 10**place % 10 + ord("0")
    return letters.view(f"<U{letters.shape[1]}").reshape(-1)


def start(folder: Path, config: Config) -> dict[str, dict[str, float]]:
    """Seconds, CPU-seconds and MiB of what a training does with the index before its first step."""
    corpus = Corpus.open(folder)
    figures: dict[str, dict[str, float]] = {}

    def measured(name: str, function: Callable[[], Any]) -> Any:
        tracemalloc.start()
        result = function()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        spent = {"seconds": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        figures[name] = spent | {"mib": most / 2**20}
        return result

    measured("open", lambda: Corpus.open(folder))
    measured("checks of every start", lambda: examine(corpus, config))
    plan: BatchPlan = measured("plan of the batches", lambda: BatchPlan(corpus, config))
    epochs = iter((0, 1, 2, 3))
    measured("first batch of an epoch", lambda: plan[next(epochs) * plan.steps_per_epoch])
    steps = iter(range(1, 99))
    measured("any other batch", lambda: plan[2 * plan.steps_per_epoch - next(steps)])
    measured("validation", lambda: next(fixed_plan(corpus, config, corpus.validation)))
    return figures


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--speakers", type=int, default=100_000, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--start", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.start:
        print(json.dumps(start(options.start, config_for(options.rows))))
        return
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "corpus"
        write_corpus(folder, options.rows, options.speakers)
        size = (folder / "index.npz").stat().st_size
        command = [sys.executable, __file__, "--rows", str(options.rows), "--start", str(folder)]
        figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    print(f"{options.rows:,} recordings of {options.speakers:,} speakers; index {size / 2**20:.0f} MiB")
    for name, figure in figures.items():
        print(
            f"{name:24s} {figure['seconds']:8.3f} s {figure['cpu_s']:8.3f} CPU-seconds "
            f"{figure['mib']:8.1f} MiB"
        )
    if options.json:
        write_json(options.json, {"rows": options.rows, "index_bytes": size, "start": figures})


if __name__ == "__main__":
    run(main)
