"""Every known failure of trainers of this kind is planted in a run and must be found by name.

The real `train` runs in this process on a small model; each test breaks one line of the code.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import soundfile
from conftest import EVERY_DECODER, SMALL_MODEL
from trained_run import metrics

from configs import tiny
from xtts_jax import config as configuration
from xtts_jax.config import Config
from xtts_jax.data import demo_corpus
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.losses import acoustic as losses
from xtts_jax.models import ops, voice_encoder
from xtts_jax.models.decoders import causal, flow
from xtts_jax.models.decoders.interface import Taught
from xtts_jax.models.features import denormalize_mel
from xtts_jax.models.xtts import XTTS
from xtts_jax.text import espeak
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train import optimizer
from xtts_jax.train.acoustic import step
from xtts_jax.train.loop import train

# Every test compiles its own program and runs it for a few steps.
pytestmark = pytest.mark.slow

SETTINGS = {
    "data.buckets": 1,
    "data.workers": 1,
    "optim.learning_rate": 3e-3,
    "train.steps": 100,
    "train.batch_size": 8,
    "train.log_every": 1,
    "train.eval_every": 100,
    "train.checkpoint_every": 100,
    "train.samples": 0,
    "preflight.steps": 40,
}


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 texts of two to ten words, in two voices of espeak-ng."""
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "wavs").mkdir()
    rows = ["id|speaker|language|text"]
    for i, sentence in enumerate(demo_corpus.sentences("en")[:48]):
        text = " ".join(sentence.split()[: 2 + i % 9])
        voice = ("f2", "m3")[i % 2]
        audio, rate = espeak.synthesize(text, f"en-us+{voice}")
        soundfile.write(folder / "wavs" / f"u{i:02d}.wav", audio, rate)
        rows.append(f"u{i:02d}|{voice}|en|{text}")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def run(recordings: Path, cache: Path, tmp_path: Path) -> Callable[..., str]:
    """Trains for at most 100 steps with changed settings, and returns the error and all findings."""

    def go(corpus: Callable[[Corpus], Corpus] = lambda c: c, root: Path = recordings, **changes: Any) -> str:
        config = settings(root, cache, {name.replace("__", "."): value for name, value in changes.items()})
        complaint = ""
        try:
            train(config, tmp_path / "run", corpus(Corpus.open(prepare(config))))
        except UserError as error:
            complaint = str(error)
        log = tmp_path / "run" / "metrics.jsonl"
        found = [line for line in metrics(tmp_path / "run") if "finding" in line] if log.exists() else []
        assert all(line["step"] <= 100 for line in found)
        return " ".join([complaint, *(f"[{line['finding']}] {line['seen']}" for line in found)])

    return go


def settings(root: Path, cache: Path, changes: dict[str, Any]) -> Config:
    values = tiny.get_config()
    values.model.update(SMALL_MODEL)
    values.adversarial.start = 0
    paths = {"data.root": str(root), "data.cache_dir": str(cache)}
    values.update_from_flattened_dict(SETTINGS | paths | changes)
    return configuration.build(values)


@pytest.mark.parametrize("decoder", EVERY_DECODER)
def test_healthy_run_has_no_findings(run: Callable[..., str], decoder: str) -> None:
    said = run(model__decoder=decoder)
    assert said.strip() == "", said


def test_parameters_outside_the_optimizer(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = optimizer.labels
    monkeypatch.setattr(
        optimizer, "labels", lambda params, freeze, *apart: true(params, ("decoder",), *apart)
    )
    said = run(preflight__enabled=False)
    assert "[module_never_moves]" in said and "decoder (100%)" in said


def test_frozen_module_that_moves(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = optimizer.labels
    monkeypatch.setattr(optimizer, "labels", lambda params, freeze, *apart: true(params, (), *apart))
    said = run(preflight__enabled=False, optim__freeze=("decoder",))
    assert "[frozen_module_moves]" in said and "decoder" in said


@pytest.mark.long
def test_total_loss_clipped_to_a_constant(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = losses.weighted_sum
    monkeypatch.setattr(step, "weighted_sum", lambda *given: jnp.minimum(true(*given), 0.05))
    said = run(preflight__enabled=False)
    assert "[loss_is_not_the_error]" in said and "[parameters_without_gradient]" in said


def test_mel_loss_clipped_to_a_constant(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = losses.mel_l1
    monkeypatch.setattr(losses, "mel_l1", lambda *given: jnp.clip(true(*given), 0, 0.05))
    said = run(preflight__enabled=False, loss__speaker=0.0)  # that loss would still teach the decoder
    assert "[loss_is_not_the_error] The mel loss is" in said and "decoder/" in said


@pytest.mark.long
def test_mel_loss_on_the_wrong_units(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(mel: Any, features: Any, stats: Any, counts: Any) -> jax.Array:
        target = denormalize_mel(features.mel, stats)
        return (jnp.abs(mel - target).mean(axis=-1) * features.mel_mask).sum() / counts.frames

    monkeypatch.setattr(losses, "mel_l1", wrong)
    said = run(preflight__enabled=False, health__stop=False)
    assert "[loss_is_not_the_error]" in said and "[mel_in_wrong_units]" in said


def test_padding_mask_inverted_in_self_attention(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = ops.attend
    monkeypatch.setattr(ops, "attend", lambda query, key, value, mask: true(query, key, value, ~mask))
    assert "[padding_is_read]" in run()


@pytest.mark.long
def test_mask_inverted_in_cross_attention(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = voice_encoder.attend
    monkeypatch.setattr(voice_encoder, "attend", lambda q, k, v, mask: true(q, k, v, ~mask))
    said = run(preflight__enabled=False)
    assert "[parameters_without_gradient]" in said and "voice_encoder/style/query/kernel" in said


def test_gradient_stopped_in_front_of_the_decoder(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = XTTS.decode

    def decode(self: XTTS, encoded: Any, *given: Any, **keywords: Any) -> Taught:
        return true(self, encoded._replace(hidden=jax.lax.stop_gradient(encoded.hidden)), *given, **keywords)

    monkeypatch.setattr(XTTS, "decode", decode)
    said = run()
    assert "[mel_loss_cut_off]" in said and "text_encoder/" in said


@pytest.mark.long
def test_causal_mask_inverted(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = causal.causal_mask
    monkeypatch.setattr(causal, "causal_mask", lambda *given: ~true(*given))
    assert "[future_is_read]" in run(model__decoder="autoregressive", preflight__steps=2)


@pytest.mark.long
def test_flow_that_never_sees_the_text(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = flow.draw
    monkeypatch.setattr(flow, "draw", lambda key, shape, _: true(key, shape, 1.0))
    said = run(model__decoder="flow", preflight__enabled=False)
    assert "[parameters_without_gradient]" in said and "decoder/position/kernel" in said


def test_text_ids_all_unknown(run: Callable[..., str]) -> None:
    def with_other_symbols(corpus: Corpus) -> Corpus:
        foreign = Tokenizer.build(["αβγ"], corpus.tokenizer.languages, "phonemes")
        return dataclasses.replace(corpus, tokenizer=foreign)

    assert "[text_says_nothing]" in run(with_other_symbols, preflight__enabled=False)


def test_reference_embedding_constant(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    true = voice_encoder._mean_and_std
    monkeypatch.setattr(voice_encoder, "_mean_and_std", lambda x, mask: jnp.ones_like(true(x, mask)))
    said = run(preflight__enabled=False)
    assert "[voice_is_constant]" in said and "[parameters_without_gradient]" in said


def test_learning_rate_of_zero(run: Callable[..., str]) -> None:
    assert "[nothing_moves]" in run(optim__learning_rate=0.0, preflight__enabled=False)


@pytest.mark.parametrize("preflight", [True, pytest.param(False, marks=pytest.mark.long)])
def test_learning_rate_a_hundred_times_too_high(run: Callable[..., str], preflight: bool) -> None:
    assert "[learning_rate_too_high]" in run(optim__learning_rate=0.3, preflight__enabled=preflight)


def test_utterance_that_is_not_finite_is_named(run: Callable[..., str]) -> None:
    def damaged(corpus: Corpus) -> Corpus:
        i = int(corpus.train[3])
        clip = corpus.clip(i)
        record = clip.record._replace(
            log_f0=np.full_like(clip.record.log_f0, np.nan), voiced=np.ones_like(clip.record.voiced)
        )
        corpus._kept[i] = clip._replace(record=record)
        damaged.name = str(corpus.index.id[i])
        return corpus

    said = run(damaged, preflight__enabled=False)
    assert "[utterance_not_finite]" in said
    assert f"left out: {damaged.name}." in said


def test_shards_of_another_configuration(recordings: Path, cache: Path) -> None:
    before = settings(recordings, cache, {})
    after = settings(recordings, cache, {"audio.fmax": 7000.0})
    folder = prepare(before)
    with pytest.raises(UserError, match=r"\[stale_shards\].*audio.fmax"):
        Corpus.open(folder).require(after)


def test_weights_of_another_mel(run: Callable[..., str], tmp_path: Path) -> None:
    run(train__steps=2, preflight__enabled=False)
    (tmp_path / "run").rename(tmp_path / "other")
    said = run(train__init_from=str(tmp_path / "other"), audio__fmax=7000.0, preflight__enabled=False)
    assert "[mel_settings_differ]" in said and "fmax is 7000.0 here and 8000.0 there" in said


def test_validation_set_inside_the_training_set(
    run: Callable[..., str], recordings: Path, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    (copies / "wavs").mkdir(parents=True)
    lines = (recordings / "metadata.csv").read_text(encoding="utf-8").splitlines()
    rows = lines[:1]
    for line in lines[1:]:
        name, rest = line.split("|", 1)
        for copy in (name, f"copy_of_{name}"):
            (copies / "wavs" / f"{copy}.wav").hardlink_to(recordings / "wavs" / f"{name}.wav")
            rows.append(f"{copy}|{rest}")
    (copies / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert "[validation_in_training]" in run(root=copies)


def test_shuffled_transcripts(run: Callable[..., str], recordings: Path, tmp_path: Path) -> None:
    lines = (recordings / "metadata.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines[1:]]
    order = np.random.default_rng(0).permutation(len(rows))
    shuffled = [[*row[:3], rows[j][3]] for row, j in zip(rows, order, strict=True)]
    root = tmp_path / "shuffled"
    root.mkdir()
    (root / "wavs").symlink_to(recordings / "wavs")
    text = "\n".join([lines[0], *("|".join(row) for row in shuffled)])
    (root / "metadata.csv").write_text(text + "\n", encoding="utf-8")
    assert "[texts_do_not_match]" in run(root=root)
