"""Starting from the params of another run, of another corpus."""

import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import jax
import numpy as np
import pytest
import whole_model
from trained_run import random_params, save_params

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.index import Index
from xtts_jax.data.statistics import same_stats, save_stats
from xtts_jax.errors import UserError, UserNotice
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs.settings import write_config
from xtts_jax.text.tokenizer import SPECIAL, Tokenizer
from xtts_jax.train.state import Params
from xtts_jax.train.warm_start import as_seen, warm_start
from xtts_jax.train.warm_start import started as started_params

AUDIO = whole_model.config().audio
STATS = whole_model.stats()._replace(
    mel_mean=np.linspace(-4, -6, AUDIO.n_mels, dtype=np.float32),
    mel_std=np.linspace(1.5, 2.5, AUDIO.n_mels, dtype=np.float32),
)
THERE = Tokenizer.build(["abcd"], ["de", "en"], "phonemes")
HERE = Tokenizer.build(["bcxyz"], ["en", "fa"], "phonemes")


@cache
def params(tokenizer: Tokenizer, seed: int, config: Config | None = None) -> Params:
    return random_params(XTTS(config or whole_model.config(), len(tokenizer), len(tokenizer.languages)), seed)


@pytest.fixture(scope="module")
def other_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workdir = tmp_path_factory.mktemp("other_run")
    save_params(workdir, 5, params(THERE, 1))
    THERE.save(workdir / "tokenizer.json")
    save_stats(workdir / "stats.json", STATS)
    write_config(workdir, whole_model.config())
    return workdir


def rows(report: str) -> dict[str, list[int]]:
    """loaded, not in that run, of another shape: by module."""
    lines = [line.replace(",", "").split() for line in report.splitlines()]
    return {words[0]: [int(word) for word in words[1:]] for words in lines if words[-1].isdigit()}


def size(tree: Params) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def test_averaged_params_are_taken_over_where_path_and_shape_agree(other_run: Path) -> None:
    started, report = warm_start(params(HERE, 0), HERE, AUDIO, other_run)
    for module in ("aligner", "decoder", "prosody_embedding", "variance_predictor", "voice_encoder"):
        for ours, theirs in zip(
            jax.tree.leaves(started[module]), jax.tree.leaves(params(THERE, 1)[module]), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
        assert rows(report)[module] == [size(started[module]), 0, 0]
    assert jax.tree.structure(started) == jax.tree.structure(params(HERE, 0))
    assert "step 5" in report and str(other_run) in report


def test_rows_of_the_tables_follow_symbols_and_languages(other_run: Path) -> None:
    started, report = warm_start(params(HERE, 0), HERE, AUDIO, other_run)
    symbols = [
        tree["text_encoder"]["Embed_0"]["embedding"] for tree in (started, params(THERE, 1), params(HERE, 0))
    ]
    for i, symbol in enumerate(HERE.symbols):
        known = symbol in THERE.symbols
        expected = symbols[1][THERE.symbols.index(symbol)] if known else symbols[2][i]
        np.testing.assert_array_equal(symbols[0][i], expected, err_msg=symbol)
    languages = [
        tree["language_embedding"]["embedding"] for tree in (started, params(THERE, 1), params(HERE, 0))
    ]
    np.testing.assert_array_equal(languages[0][0], languages[1][1])
    np.testing.assert_array_equal(languages[0][1], languages[2][1])
    width = languages[0].shape[1]
    assert rows(report)["language_embedding"] == [width, width, 0]
    assert len({"x", "y", "z"}) * width == rows(report)["text_encoder"][1]
    shared = len(SPECIAL) + len({"b", "c"})
    whole = size(started["text_encoder"])
    assert rows(report)["text_encoder"][0] == whole - symbols[0].size + shared * width


def test_table_accounts_for_every_parameter(other_run: Path) -> None:
    config = whole_model.config()
    wider = replace(config, model=replace(config.model, variance_width=48))
    started, report = warm_start(params(HERE, 0, wider), HERE, AUDIO, other_run)
    for module, counts in rows(report).items():
        assert sum(counts) == size(started if module == "all" else started[module]), module
    assert rows(report)["variance_predictor"][2] > 0 and rows(report)["decoder"][1:] == [0, 0]
    np.testing.assert_array_equal(
        started["variance_predictor"]["heads"]["kernel"],
        params(HERE, 0, wider)["variance_predictor"]["heads"]["kernel"],
    )


def test_layers_of_a_deeper_model_are_those_of_the_run_and_new_ones(other_run: Path) -> None:
    config = whole_model.config()
    deep = params(THERE, 0, replace(config, model=replace(config.model, decoder_layers=5)))
    started, report = warm_start(deep, THERE, AUDIO, other_run)
    loaded, absent, reshaped = rows(report)["decoder"]
    assert loaded == size(params(THERE, 1)["decoder"]) and absent == size(deep["decoder"]) - loaded
    assert reshaped == 0
    kernel = started["decoder"]["stack"]["blocks"]["feed_forward"]["out"]["kernel"]
    theirs = params(THERE, 1)["decoder"]["stack"]["blocks"]["feed_forward"]["out"]["kernel"]
    np.testing.assert_array_equal(kernel[[0, 4]], theirs)
    assert not kernel[1:4].any()


def test_symbols_of_another_front_end_mean_something_else(other_run: Path) -> None:
    characters = replace(HERE, frontend="characters")
    started, _ = warm_start(params(HERE, 0), characters, AUDIO, other_run)
    np.testing.assert_array_equal(
        started["text_encoder"]["Embed_0"]["embedding"],
        params(HERE, 0)["text_encoder"]["Embed_0"]["embedding"],
    )


def test_run_that_fits_nowhere_or_does_not_exist_is_refused(other_run: Path, tmp_path: Path) -> None:
    config = whole_model.config()
    other = replace(
        config,
        audio=replace(config.audio, n_mels=24),
        model=replace(config.model, width=48, ffn_width=72, variance_width=40, voice_width=24),
    )
    with pytest.raises(UserError, match=r"No weight matrix.*train\.init_from"):
        warm_start(params(HERE, 0, other), HERE, AUDIO, other_run)
    with pytest.raises(UserError, match=r"train\.init_from is .*nowhere.*no trained run"):
        warm_start(params(HERE, 0), HERE, AUDIO, tmp_path / "nowhere")


def test_run_of_another_mel_is_refused_with_both_values(other_run: Path) -> None:
    with pytest.raises(UserError, match=r"mel_settings_differ.*fmax is 7000.0 here and 8000.0 there"):
        warm_start(params(HERE, 0), HERE, replace(AUDIO, fmax=7000.0), other_run)


def test_a_language_that_the_run_has_not_learned_is_told(other_run: Path) -> None:
    config = whole_model.config()
    starting = replace(config, train=replace(config.train, init_from=str(other_run)))

    def begin(*languages: str) -> None:
        corpus = cast(Corpus, SimpleNamespace(tokenizer=HERE, languages=languages))
        started_params(params(HERE, 0), corpus, starting, resuming=False)

    with pytest.warns(UserNotice, match=r"has not learned fa, but de, en: of a new language"):
        begin("en", "fa")
    with warnings.catch_warnings(action="error"):
        begin("en")


def test_tables_are_those_that_the_params_were_learned_with(
    other_run: Path, tiny_config: Config, tmp_path: Path
) -> None:
    measured = STATS._replace(log_f0_std=0.1)
    corpus = Corpus(tmp_path, {}, HERE, measured, index=cast(Index, None))
    starting = replace(tiny_config, train=replace(tiny_config.train, init_from=str(other_run)))
    assert as_seen(corpus, tiny_config, tmp_path, resuming=False) is corpus
    for seen in (
        as_seen(corpus, starting, tmp_path, resuming=False),
        as_seen(corpus, tiny_config, other_run, resuming=True),
    ):
        assert same_stats(seen.stats, STATS)
        assert set(seen.tokenizer.symbols) == {*SPECIAL, *"abcdxyz"}
        assert seen.tokenizer.languages == ("de", "en", "fa")
    with pytest.raises(UserError, match="other symbols or languages"):
        corpus.of_run(other_run)
    known = replace(corpus, tokenizer=Tokenizer.build(["ab"], ["en"], "phonemes"))
    assert known.of_run(other_run).tokenizer == THERE
