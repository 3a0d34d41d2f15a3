"""`run_train.py --config configs/vocoder.py` as a user runs it, with a generator cut down to moments."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from trained_run import metrics, saved, steps_with, succeed

from xtts_jax.vocode import GRIFFIN_LIM, fault, open_vocoder
from xtts_jax.vocoder import load_vocoder

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


def command(corpus: Path, cache: Path, workdir: Path) -> list[str]:
    values = SMALL | {"data.root": corpus, "data.cache_dir": cache}
    options = [f"--config.{name}={value}" for name, value in values.items()]
    run = ["run_train.py", "--config", "configs/vocoder.py", "--workdir", str(workdir)]
    return [sys.executable, *run, *options]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vocoder")


@pytest.fixture(scope="module")
def straight(small_corpus: Path, folder: Path) -> Path:
    """Trained without texts: they are taken out of the corpus's table."""
    silent = folder / "silent"
    silent.mkdir()
    (silent / "wavs").symlink_to(small_corpus / "wavs")
    rows = [line.split("|") for line in (small_corpus / "metadata.csv").read_text("utf-8").splitlines()]
    (silent / "metadata.csv").write_text("".join("|".join(row[:3]) + "\n" for row in rows), "utf-8")
    printed = succeed(command(silent, folder / "prepared", folder / "straight"))
    assert "Preflight: 200 steps" in printed and "--vocoder" in printed
    return folder / "straight"


def test_discriminators_join_at_their_step_and_evaluations_stand_beside_griffin_lim(straight: Path) -> None:
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


def test_stopped_run_goes_on_as_the_straight_one(straight: Path, folder: Path) -> None:
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
