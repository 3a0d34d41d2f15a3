"""A corpus of many recordings opens without a Python object for any of them."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.large_corpus import config_for, write_corpus
from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan
from xtts_jax.data.soundness import examine

ROWS, SPEAKERS = 200_000, 300
MIB = 2**20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "corpus"
    write_corpus(folder, ROWS, SPEAKERS)
    return folder


@pytest.fixture(scope="module")
def config() -> Config:
    return config_for(ROWS)


def cost(function: Callable[[], Any]) -> tuple[Any, int, int]:
    """What a function returns, the bytes that it needs at most, and the blocks of memory that it keeps."""
    tracemalloc.start()
    try:
        result = function()
        blocks = sum(each.count for each in tracemalloc.take_snapshot().statistics("filename"))
        return result, tracemalloc.get_traced_memory()[1], blocks
    finally:
        tracemalloc.stop()


def test_opening_leaves_the_rows_on_disk(folder: Path) -> None:
    corpus, most, blocks = cost(lambda: Corpus.open(folder))
    assert len(corpus) == ROWS and len(corpus.speakers) == SPEAKERS
    assert most < 3 * MIB and blocks < 10_000
    assert corpus.index.id[[0, ROWS - 1]].tolist() == [
        "corpus/recording_00000000",
        "corpus/recording_00199999",
    ]


def test_checks_and_plans_hold_numbers_only(folder: Path, config: Config) -> None:
    corpus = Corpus.open(folder)
    findings, most, blocks = cost(lambda: examine(corpus, config))
    assert findings == [] and most < 200 * ROWS and blocks < 10_000

    plan, most, blocks = cost(lambda: BatchPlan(corpus, config))
    assert most < 70 * ROWS and blocks < 10_000
    batch, most, blocks = cost(lambda: plan[0])
    assert most < 20 * ROWS and blocks < 10_000
    speaker = corpus.index.speaker
    assert (speaker[batch.indices] == speaker[batch.reference_indices]).all()

    seen = np.concatenate([plan[step].indices for step in range(500)])
    assert len(np.unique(seen)) > 0.95 * len(seen)
    (planned, valid), most, blocks = cost(lambda: next(fixed_plan(corpus, config, corpus.validation)))
    assert valid.all() and corpus.index.validation[planned.indices].all()
    assert most < 50 * ROWS and blocks < 10_000
