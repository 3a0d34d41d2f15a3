"""The run folder belongs to one process, and to one run once that has been saved."""

import dataclasses
from pathlib import Path

import pytest

from xtts_jax.checkpoint import read_config
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import UserError
from xtts_jax.prepare import prepare
from xtts_jax.train.run import claimed, open_run


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
