"""The run folder belongs to one process, and to one run once that has been saved."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.audio import io
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.labels import Labels
from xtts_jax.data.prepare import prepare
from xtts_jax.data.statistics import load_stats
from xtts_jax.errors import UserError
from xtts_jax.runs import emotions
from xtts_jax.runs.folder import claimed, open_run, require_leaders
from xtts_jax.runs.settings import read_config, write_config
from xtts_jax.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def config(tiny_config: Config, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    cache = str(tmp_path_factory.mktemp("prepared"))
    data = dataclasses.replace(tiny_config.data, root=str(small_corpus), cache_dir=cache, workers=1)
    return dataclasses.replace(tiny_config, data=data)


@pytest.fixture(scope="module")
def corpus(config: Config) -> Corpus:
    return Corpus.open(prepare(config))


def other(config: Config) -> Config:
    return dataclasses.replace(config, optim=dataclasses.replace(config.optim, learning_rate=0.5))


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    with (
        claimed(tmp_path / "run"),
        pytest.raises(UserError, match="Another process is training"),
        claimed(tmp_path / "run"),
    ):
        pass
    with claimed(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()


def test_a_run_that_never_saved_may_start_again_with_other_settings(
    tmp_path: Path, config: Config, corpus: Corpus
) -> None:
    open_run(tmp_path, config, corpus, resuming=False)
    open_run(tmp_path, other(config), corpus, resuming=False)
    assert read_config(tmp_path) == other(config)


def test_a_saved_run_is_not_resumed_with_other_settings(
    tmp_path: Path, config: Config, corpus: Corpus
) -> None:
    open_run(tmp_path, config, corpus, resuming=False)
    with pytest.raises(UserError, match=r"optim.learning_rate: .* then, 0.5 now"):
        open_run(tmp_path, other(config), corpus, resuming=True)
    assert read_config(tmp_path) == config


def test_a_run_that_keeps_other_tables_knows_its_corpus_again(
    tmp_path: Path, config: Config, corpus: Corpus
) -> None:
    theirs = corpus.stats._replace(log_f0_std=2 * corpus.stats.log_f0_std)
    more = corpus.tokenizer.joined(Tokenizer.build("ħ", ["mt"], corpus.tokenizer.frontend))
    seen = dataclasses.replace(corpus, stats=theirs, tokenizer=more)
    open_run(tmp_path, config, seen, resuming=False)
    assert Tokenizer.load(tmp_path / "tokenizer.json") == more != corpus.tokenizer
    assert load_stats(tmp_path / "stats.json").log_f0_std == theirs.log_f0_std
    open_run(tmp_path, config, corpus, resuming=True)
    before, after = (each.clip(0) for each in (corpus, corpus.of_run(tmp_path)))
    assert more.decode(after.tokens) == corpus.tokenizer.decode(before.tokens) == before.record.symbols
    (tmp_path / "corpus_stats.json").write_text((tmp_path / "stats.json").read_text())
    with pytest.raises(UserError, match=r"another corpus.*stats\.json differ"):
        open_run(tmp_path, config, corpus, resuming=True)


def test_a_run_keeps_examples_of_each_emotion(tmp_path: Path, config: Config, corpus: Corpus) -> None:
    open_run(tmp_path, config, corpus, resuming=False)
    assert emotions.read(tmp_path) == []
    with pytest.raises(UserError, match=r"knows no emotions.* column `emotion`.*style_references"):
        emotions.counts(tmp_path)
    index = corpus.index
    labels = np.where(index.speaker[:] == "f2", "sad", np.where(index.language[:] == "fa", "angry", ""))
    labelled = dataclasses.replace(corpus, index=index._replace(emotion=Labels.of(labels)))
    open_run(tmp_path, config, labelled, resuming=False)
    sad, angry = (np.sum(labels[corpus.train] == name) for name in ("sad", "angry"))
    assert emotions.counts(tmp_path) == {"sad": sad, "angry": angry}
    (mood,) = emotions.moods_of(tmp_path, "sad", "")
    assert (mood.speaker, mood.recordings) == ("f2", sad) and len(mood.examples) == emotions.MOST_EXAMPLES
    (kept, *_) = load_examples(tmp_path, mood)
    first = next(i for i in corpus.train if labels[i] == "sad" and index.frames[i] * 256 >= 22050)
    np.testing.assert_allclose(kept, to_float32(corpus.record(first).audio), atol=1e-4)


def load_examples(workdir: Path, mood: emotions.Mood) -> list[np.ndarray]:
    return [io.load(workdir / "voices" / name, 22050) for name in mood.examples]


def test_a_process_with_other_settings_than_the_leader_is_refused(config: Config, tmp_path: Path) -> None:
    write_config(tmp_path, config)
    elsewhere = dataclasses.replace(config.data, root="elsewhere", cache_dir="there")
    require_leaders(tmp_path, dataclasses.replace(config, data=elsewhere))
    with pytest.raises(UserError, match=r"process 0: optim\.learning_rate is .* there and 0\.5 here\."):
        require_leaders(tmp_path, other(config))
