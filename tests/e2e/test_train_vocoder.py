"""`run_train.py --config configs/vocoder.py` as a user runs it, with a tiny generator."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from trained_run import Recordings, complaint, metrics, saved, steps_with, succeed, train_command

from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan, load_batch
from xtts_jax.data.prepare import prepare
from xtts_jax.data.statistics import load_stats
from xtts_jax.models.features import denormalize_mel, extract
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.runs.params import load_params
from xtts_jax.runs.settings import read_config
from xtts_jax.train.vocoder.predictions import predict
from xtts_jax.vocoder.trained import load_vocoder
from xtts_jax.vocoder.vocode import GRIFFIN_LIM, fault, open_vocoder

pytestmark = pytest.mark.slow

SMALL = {
    "vocoder.width": 16,
    "vocoder.hidden": 24,
    "vocoder.layers": 1,
    "vocoder.crop_frames": 16,
    "vocoder.validation_frames": 40,
    "vocoder.adversarial_from": 4,
    "vocoder.adversarial_frames": 8,
    "vocoder.periods": "(2,3)",
    "vocoder.period_widths": "(4,8)",
    "vocoder.resolutions": "(256,512)",
    "vocoder.resolution_width": 4,
    "optim.learning_rate": 1e-2,
    "train.steps": 8,
    "train.batch_size": 4,
    "train.log_every": 1,
    "train.eval_every": 4,
    "train.checkpoint_every": 2,
    "train.samples": 1,
    "preflight.steps": 200,
    "data.workers": 1,
}


def command(
    corpus: Path, cache: Path, workdir: Path, changes: Mapping[str, object] | None = None
) -> list[str]:
    values = SMALL | {"data.root": corpus, "data.cache_dir": cache} | dict(changes or {})
    options = [f"--config.{name}={value}" for name, value in values.items()]
    run = ["run_train.py", "--config", "configs/vocoder.py", "--workdir", str(workdir)]
    return [sys.executable, *run, *options]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vocoder")


@pytest.fixture(scope="module")
def straight(small_corpus: Path, folder: Path) -> Path:
    """A run trained without texts, which are removed from the corpus's table."""
    silent = folder / "silent"
    silent.mkdir()
    (silent / "wavs").symlink_to(small_corpus / "wavs")
    rows = [line.split("|") for line in (small_corpus / "metadata.csv").read_text("utf-8").splitlines()]
    (silent / "metadata.csv").write_text("".join("|".join(row[:3]) + "\n" for row in rows), "utf-8")
    printed = succeed(command(silent, folder / "prepared", folder / "straight"))
    assert "Preflight: 200 steps" in printed and "--vocoder" in printed
    return folder / "straight"


def test_discriminators_join_at_their_step_and_evaluations_include_griffin_lim(straight: Path) -> None:
    lines = [line for line in metrics(straight) if "loss/total" in line]
    assert [line["step"] for line in lines] == list(range(1, 9))
    moved = [line["step"] for line in lines if line["update_ratio/discriminators"] > 0]
    assert moved == [5, 6, 7, 8]
    assert all(line["mel_l1"] == pytest.approx(line["loss/mel"], rel=1e-3) for line in lines)
    assert steps_with(straight, "eval/stft") == [4, 8]
    (last,) = [line for line in metrics(straight) if line["step"] == 8 and "eval/stft" in line]
    for name in ("mel_l1", "stft", "log_f0_rmse", "voicing_error"):
        assert np.isfinite(last[f"eval/{name}_griffin_lim"])
    assert (straight / "samples" / "step_0000008" / "0.wav").exists()


def test_stopped_run_resumes_like_an_uninterrupted_one(straight: Path, folder: Path) -> None:
    silent, workdir = folder / "silent", folder / "stopped"
    shutil.copytree(straight, workdir)
    shutil.rmtree(workdir / "checkpoints" / "8")
    assert f"Resuming {workdir} at step 6" in succeed(command(silent, folder / "prepared", workdir))
    left, right = saved(straight, 8), saved(workdir, 8)
    assert left.keys() == right.keys()
    assert [name for name in left if not np.array_equal(left[name], right[name])] == []


def test_run_serves_as_vocoder(straight: Path) -> None:
    vocoder = load_vocoder(straight)
    mel = np.random.default_rng(0).normal(-5, 1, (40, vocoder.audio.n_mels)).astype(np.float32)
    voiced = open_vocoder(str(straight), vocoder.audio)(mel, seed=0)
    assert len(voiced.audio) == 40 * vocoder.audio.hop_length and np.isfinite(voiced.audio).all()
    if not fault(vocoder(mel[None])[0]):
        other = open_vocoder(GRIFFIN_LIM, vocoder.audio)(mel, seed=0).audio
        assert np.abs(voiced.audio - other).max() > 1e-3


@pytest.fixture(scope="module")
def recordings(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings(small_corpus, tmp_path_factory.getbasetemp() / "prepared")


@pytest.fixture(scope="module")
def acoustic(recordings: Recordings, folder: Path) -> Path:
    """An acoustic run of a single step."""
    few = {"train.steps": 1, "train.eval_every": 1, "train.samples": 0, "data.buckets": 1}
    few |= {"preflight.enabled": False, "adversarial.start": 0}
    succeed(train_command(recordings, folder / "acoustic", few))
    return folder / "acoustic"


@pytest.mark.long
def test_a_vocoder_is_fine_tuned_on_the_predictions_of_an_acoustic_model(
    straight: Path, acoustic: Path, recordings: Recordings, folder: Path
) -> None:
    texts = {"data.frontend": "phonemes", "vocoder.acoustic": acoustic, "train.init_from": straight}
    few = {"train.steps": 1, "train.eval_every": 1, "optim.learning_rate": 1e-9}  # so that it stays the same
    few |= {"preflight.enabled": False, "health.stop": False, "vocoder.refinements": 5}  # an arbitrary number
    workdir = folder / "tuned"
    succeed(command(recordings.root, recordings.cache, workdir, texts | few))
    assert (workdir / "predictions.npy").stat().st_size > 10_000
    assert saved(workdir, 1).keys() == saved(straight, 8).keys()
    begun, tuned = load_vocoder(straight).params, load_vocoder(workdir).params
    assert jax.tree.all(jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-6), begun, tuned))

    config = read_config(workdir)
    corpus = Corpus.open(prepare(config))
    mels = predict(corpus, config, workdir)
    assert set(mels.members) == set(range(len(corpus)))
    one_at_a_time = replace(
        config, model=read_config(acoustic).model, train=replace(config.train, batch_size=1)
    )
    planned, _ = next(fixed_plan(corpus, one_at_a_time, corpus.validation))
    (i,) = planned.indices
    frames, stats = int(corpus.index.frames[i]), load_stats(acoustic / "stats.json")
    features = extract(load_batch(corpus, one_at_a_time, planned), config.audio, stats)
    model = XTTS(read_config(acoustic), len(corpus.tokenizer), len(corpus.tokenizer.languages))
    params, _ = load_params(acoustic)
    outputs = jax.jit(lambda params: apply(model, params, lambda m: m(features, train=False)))(params)
    expected = np.asarray(denormalize_mel(outputs.mel, stats))[0, 3:frames]
    np.testing.assert_allclose(mels.cut(int(i), 3, frames - 3), expected, atol=0.02)
    evaluated = [line for line in metrics(workdir) if "eval/mel_l1" in line][-1]
    assert evaluated["eval/mel_l1_griffin_lim"] > 0.2  # includes the error of the prediction


def test_a_vocoder_that_cannot_be_trained_says_why(
    straight: Path, acoustic: Path, recordings: Recordings, folder: Path
) -> None:
    def refused(changes: Mapping[str, object]) -> str:
        return complaint(command(recordings.root, recordings.cache, folder / "never", changes))

    assert "needs texts" in refused({"vocoder.acoustic": acoustic})
    texts = {"data.frontend": "characters", "vocoder.acoustic": acoustic}
    assert "data.frontend='phonemes'" in refused(texts)
    assert "asks for" in refused({"train.init_from": straight, "vocoder.layers": 2})
