"""A recogniser's parts, on values worked out by hand, and what it learns."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import whole_model
from recogniser_run import SMALL
from trained_run import metrics

from configs import recogniser as shipped
from xtts_jax import config as configuration
from xtts_jax.audio.samples import to_float32
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.listen.edit_distance import error_rate
from xtts_jax.listen.listener import Listener
from xtts_jax.models import augment
from xtts_jax.models import recogniser as model_of
from xtts_jax.runs.settings import read_config
from xtts_jax.text.sounds import phones, said, said_ids
from xtts_jax.text.tokenizer import PAD, Tokenizer
from xtts_jax.train import parallel
from xtts_jax.train.recogniser.rules import hears_nothing, phoneme_errors_rise, texts_have_no_room
from xtts_jax.train.recogniser.step import init_params, make_recogniser_step
from xtts_jax.train.recogniser.task import RecogniserTask
from xtts_jax.train.state import init_state
from xtts_jax.train.warm_start import warm_start

N_VOCAB, N_MELS = 9, 12


@pytest.fixture(scope="module")
def small() -> tuple[model_of.Recogniser, dict]:
    values = shipped.get_config()
    values.recogniser.update(SMALL)
    config = configuration.build(values)
    model = model_of.Recogniser(config.recogniser, N_VOCAB, jnp.dtype("float32"))
    config = replace(config, audio=replace(config.audio, n_mels=N_MELS))
    return model, init_params(model, config)


def test_what_is_said_has_no_punctuation_and_phones_have_no_stress_either() -> None:
    assert said("həlˈoʊ, wˈɜːld…") == "həlˈoʊ wˈɜːld"
    assert phones("həlˈoʊ, wˈɜːld!") == "həloʊwɜld"
    assert said("ʃɑ̃s? — d͡ʒə") == "ʃɑ̃s  d͡ʒə"  # marks that change a letter stay
    tokenizer = Tokenizer.build(["a, b!"], ["en"], "phonemes")
    assert [s for s, own in zip(tokenizer.symbols, said_ids(tokenizer), strict=True) if own] == [
        " ",
        "a",
        "b",
    ]


def test_the_blank_is_the_padding() -> None:
    assert model_of.BLANK == PAD


def test_targets_leave_out_what_has_no_sound() -> None:
    tokens = jnp.array([[1, 5, 3, 6, 2, 0], [1, 3, 3, 2, 0, 0]])
    mask = jnp.array([[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 0, 0]], bool)
    heard = np.array([False, False, False, False, True, True, True])
    symbols, lengths = model_of.targets(tokens, mask, heard)
    assert symbols[:, :2].tolist() == [[5, 6], [0, 0]]
    assert lengths.tolist() == [2, 0]
    assert not symbols[:, 2:].any()


def test_the_best_path_drops_repetitions_and_blanks_and_what_is_padding() -> None:
    path = jnp.array([[5, 5, 0, 5, 6, 6, 0, 7]])
    mask = jnp.array([[1, 1, 1, 1, 1, 1, 1, 0]], bool)
    symbols, lengths = model_of.best_path(jax.nn.one_hot(path, 8), mask)
    assert symbols[0, : int(lengths[0])].tolist() == [5, 5, 6]


def test_errors_are_those_of_all_paths_and_need_room() -> None:
    """Two positions of even odds over three symbols: the paths of "a" are aa, a-, -a, of "ab" ab alone."""
    log_probs = jnp.full((4, 2, 3), -jnp.log(3.0))
    symbols = jnp.array([[1, 0], [1, 2], [1, 1], [1, 2]])
    lengths, mask = jnp.array([1, 2, 2, 2]), jnp.array([[1, 1], [1, 1], [1, 1], [1, 0]], bool)
    errors, fits = model_of.ctc_errors(log_probs, mask, symbols, lengths)
    np.testing.assert_allclose(errors, [-np.log(3 / 9), -np.log(1 / 9), 0, 0], rtol=1e-5)
    assert fits.tolist() == [True, True, False, False]  # "aa" needs a blank between, "ab" two positions


def hear(model: model_of.Recogniser, params: dict, mel: np.ndarray, lengths: jax.Array) -> Any:
    return jax.jit(lambda p, x, n: model.apply({"params": p}, x, n, train=False))(params, mel, lengths)


def test_padding_changes_nothing(small: tuple[model_of.Recogniser, dict]) -> None:
    model, params = small
    random = np.random.default_rng(0)
    mel = random.standard_normal((2, 30, N_MELS)).astype(np.float32)
    junk = np.concatenate([mel, 9 * random.standard_normal((2, 12, N_MELS)).astype(np.float32)], axis=1)
    junk[1, 18:] = 7.0
    lengths = jnp.array([30, 18])
    short, mask = hear(model, params, mel, lengths)
    long, _ = hear(model, params, junk, lengths)
    assert mask.sum(axis=1).tolist() == [10, 6]
    for row, length in enumerate((10, 6)):
        np.testing.assert_allclose(short[row, :length], long[row, :length], atol=2e-5)


def test_level_and_colour_of_a_recording_change_nothing(small: tuple[model_of.Recogniser, dict]) -> None:
    model, params = small
    mel = np.random.default_rng(0).standard_normal((1, 30, N_MELS)).astype(np.float32)
    coloured = 1.5 * mel + np.linspace(-2, 3, N_MELS, dtype=np.float32)
    lengths = jnp.array([30])
    before, _ = hear(model, params, mel, lengths)
    after, _ = hear(model, params, coloured, lengths)
    np.testing.assert_allclose(before, after, atol=1e-3)


def test_training_hides_at_most_what_it_is_told_to() -> None:
    mel, key = jnp.ones((8, 128, 40)), jax.random.key(0)
    bins = (augment.hide_bins(mel, key, 5) == augment.HIDDEN).all(axis=1).sum(axis=1)
    assert bins.max() <= 10
    assert bins.min() < bins.max()
    frames = (augment.hide_time(mel, key, 20) == augment.HIDDEN).all(axis=2).reshape(8, 2, 64).sum(axis=2)
    assert 10 < frames.max() <= 20
    assert (augment.hide_time(mel, key, 0) == mel).all()


def test_warped_bins_move_by_their_factor_and_no_warp_is_none() -> None:
    mel = jnp.zeros((64, 1, 40)).at[:, :, 20].set(1.0)
    np.testing.assert_allclose(augment.warp_bins(mel, jax.random.key(0), 0.0), mel, atol=1e-6)
    peaks = augment.warp_bins(mel, jax.random.key(0), 0.2).argmax(axis=-1)[:, 0]
    assert 16 <= peaks.min() < 19
    assert 21 < peaks.max() <= 25


def test_findings_come_from_their_figures() -> None:
    config = configuration.build(shipped.get_config())
    assert texts_have_no_room({"crowded": 0.01}, config) is None
    assert texts_have_no_room({"crowded": 0.2}, config)
    assert hears_nothing({"step": 500, "eval/length_ratio": 0.0}, config) is None
    assert hears_nothing({"step": 2000, "eval/length_ratio": 0.0}, config)
    assert phoneme_errors_rise({"eval/per": 0.21}, config, 0.2) is None
    assert phoneme_errors_rise({"eval/per": 0.3}, config, 0.2)


@pytest.mark.slow
def test_two_parts_of_a_batch_are_the_whole() -> None:
    """The number of symbols in the parts differs, and some utterances have too many to count."""
    base = whole_model.config()
    heard = np.arange(whole_model.N_VOCAB) > 2
    settings = replace(base.recogniser, width=16, heads=2, ffn_width=16, conv_layers=1, layers=1)
    still = replace(settings, dropout=0.0, warp=0.0, bin_mask=0, time_mask=0)
    model = model_of.Recogniser(still, whole_model.N_VOCAB, jnp.dtype("float32"))
    batch = jax.tree.map(lambda *rows: np.concatenate(rows)[:4], *map(whole_model.batch, range(2)))
    batch = batch._replace(mel_lengths=np.where(np.arange(4) == 1, 3, batch.mel_lengths))
    results = []
    for accumulate in (1, 2):
        config = replace(base, recogniser=still, train=replace(base.train, accumulate=accumulate))
        step = make_recogniser_step(model, optax.sgd(0.01), config, whole_model.stats(), heard)
        state = parallel.replicate(init_state(init_params(model, config), optax.sgd(0.01), 0))
        state, metrics = parallel.compile_step(step, donate_state=False)(state, parallel.shard(batch))
        results.append(parallel.unreplicate((state.params, metrics)))
    (whole, alone), (halves, shared) = results
    assert 0 < float(alone["crowded"]) == float(shared["crowded"]) < 1
    for one, two in zip(*map(jax.tree.leaves, (whole, halves)), strict=True):
        np.testing.assert_allclose(two, one, atol=1e-5)
    for name in ("loss/total", "grad_norm"):
        np.testing.assert_allclose(shared[name], alone[name], rtol=1e-4)
    assert float(alone["grad_norm"]) > 0.1 and shared["utterance_finite"].shape == (4,)


def test_an_untrained_model_is_wrong_about_everything(recogniser_run: Path) -> None:
    config = read_config(recogniser_run)
    corpus = Corpus.open(prepare(config))
    task = RecogniserTask(config, corpus, recogniser_run, resuming=False)
    values = task.evaluate(parallel.replicate(task.state))
    assert values["per"] > 0.9
    assert values["loss"] > 2


@pytest.mark.slow
def test_a_preflight_tells_what_learns_from_what_does_not(recogniser_run: Path) -> None:
    config = read_config(recogniser_run)
    corpus = Corpus.open(prepare(config))
    task = RecogniserTask(config, corpus, recogniser_run, resuming=False)
    assert task.preflight() == []
    still = replace(config, optim=replace(config.optim, learning_rate=1e-7))
    task = RecogniserTask(still, corpus, recogniser_run, resuming=False)
    assert [finding.name for finding in task.preflight()] == ["one_batch_not_learned"]


def test_it_learns_a_few_utterances(recogniser_run: Path) -> None:
    corpus = Corpus.open(prepare(read_config(recogniser_run)))
    listener = Listener.load(recogniser_run)
    records = [corpus.record(int(i)) for i in corpus.train]
    heard = [listener.hear(to_float32(record.audio), record.language) for record in records]
    own = error_rate(
        [phones(record.symbols) for record in records], [phones(found.symbols) for found in heard]
    )
    assert own < 0.05
    assert min(found.confidence for found in heard) > 0.5


def test_a_run_logs_and_shows_what_it_hears(recogniser_run: Path) -> None:
    steps = [line for line in metrics(recogniser_run) if "loss/total" in line]
    assert steps[-1]["loss/total"] < 0.1 * steps[0]["loss/total"]
    assert steps[0]["grad_norm"] < 1e4
    assert steps[0]["compile_s"] > 0 and "compile_s" not in steps[1]
    evaluation = next(line for line in metrics(recogniser_run) if "eval/per" in line)
    assert {"eval/per_wrong_text", "eval/length_ratio", "eval/loss"} <= evaluation.keys()
    assert "heard" in next(recogniser_run.glob("samples/*/heard.txt")).read_text(encoding="utf-8")


def test_another_run_begins_with_its_symbols_in_their_own_order(recogniser_run: Path) -> None:
    tokenizer = Tokenizer.load(recogniser_run / "tokenizer.json")
    more = Tokenizer.build(["".join(tokenizer.symbols[3:]) + "#~"], tokenizer.languages, tokenizer.frontend)
    config = read_config(recogniser_run)
    model = model_of.Recogniser(config.recogniser, len(more), jnp.dtype("float32"))
    fresh = init_params(model, config)
    begun, _ = warm_start(fresh, more, config.audio, recogniser_run)
    theirs = recogniser_params(recogniser_run)["symbols"]["embedding"]
    last = tokenizer.symbols[-1]
    row, other = more.symbols.index(last), tokenizer.symbols.index(last)
    assert row != other
    np.testing.assert_array_equal(begun["symbols"]["embedding"][row], theirs[other])


def recogniser_params(workdir: Path) -> dict:
    return Listener.load(workdir)._params
