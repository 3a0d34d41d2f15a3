"""The parts of benchmarks/learning_curve.py that need no judge."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.learning_curve import Table, by_length, draw, subset
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError

FIGURES = {"wer": 0.1, "p808": 3.5, "cosine": 0.8}


def test_a_subset_is_a_corpus_of_the_first_recordings(
    tiny_config: Config, small_corpus: Path, tmp_path: Path
) -> None:
    data = replace(tiny_config.data, root=str(small_corpus), cache_dir=str(tmp_path / "prepared"), workers=1)
    corpus = Corpus.open(prepare(replace(tiny_config, data=data)))
    folder = subset(corpus, 0.1, tmp_path)
    data = replace(data, root=str(folder))
    part = Corpus.open(prepare(replace(tiny_config, data=data)))
    first = corpus.train[: len(part)]
    assert [part.record(i).text for i in range(len(part))] == [corpus.record(i).text for i in first]
    longest = by_length(folder, "en")
    assert len(longest) == len(part)
    lengths = {corpus.record(i).text: corpus.index.frames[i] for i in first}
    assert lengths[longest[0][1]] == max(lengths.values())
    seconds = corpus.index.frames[first] * tiny_config.audio.hop_length / tiny_config.audio.sample_rate
    assert seconds.sum() >= 6 > seconds[:-1].sum()
    with pytest.raises(UserError, match=r"There are only .* minutes to train on, not 100\."):
        subset(corpus, 100, tmp_path)


def test_rows_are_measured_once_and_drawn(tmp_path: Path) -> None:
    table = Table(tmp_path / "curve.json")
    for name in ("recordings", "0", "fitted", "5"):
        table.add(name, lambda: FIGURES)
    again = Table(tmp_path / "curve.json")
    again.add("5", lambda: pytest.fail("measured again"))
    assert again.rows == table.rows
    draw(again.rows, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000
