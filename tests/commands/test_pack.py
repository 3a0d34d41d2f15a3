"""A trained vocoder packed into two small files."""

import json
from dataclasses import asdict
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file
from trained_run import save_params
from vocoder_params import random_params

from configs import recogniser, vocoder
from xtts_jax.commands import pack
from xtts_jax.config import build
from xtts_jax.errors import UserError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders.spec import Istft, spec_of
from xtts_jax.runs.settings import write_config
from xtts_jax.vocoder.trained import load_run, load_vocoder

STEP = 7


@pytest.fixture(scope="module")
def workdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a tiny vocoder with random params."""
    folder = tmp_path_factory.mktemp("vocoder")
    values = vocoder.get_config()
    values.vocoder.update({"width": 16, "hidden": 24, "layers": 2, "refinements": 2})
    config = build(values)
    write_config(folder, config)
    generator = vocoders.build(spec_of(config.vocoder), config.audio, jnp.dtype("float32"))
    save_params(folder, STEP, {"generator": random_params(generator)})
    return folder


def packed(workdir: Path, out: Path, *more: str) -> Path:
    pack.main(["--ckpt", str(workdir), "--out", str(out), *more])
    return out


def test_a_configuration_of_another_vocoder_is_refused(workdir: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").symlink_to(workdir / "checkpoints")
    values = json.loads((workdir / "config.json").read_text(encoding="utf-8"))
    values["vocoder"]["width"] = 24
    (tmp_path / "config.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(UserError, match=r"not of the model that the settings .* is .*16.*, not .*24"):
        load_run(tmp_path)


def test_two_files_hold_the_params_in_float16(
    workdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = packed(workdir, tmp_path / "deep" / "packed")
    assert sorted(path.name for path in out.iterdir()) == ["vocoder.json", "vocoder.safetensors"]
    params = load_file(out / "vocoder.safetensors")
    assert {array.dtype for array in params.values()} == {np.dtype(np.float16)}
    whole = jax.tree.leaves(load_run(workdir).params)
    assert sum(array.size for array in params.values()) == sum(leaf.size for leaf in whole)
    settings = json.loads((out / "vocoder.json").read_text(encoding="utf-8"))
    assert (settings["kind"], settings["filters"]) == ("istft", "slaney")
    assert settings["spec"] == asdict(load_run(workdir).spec)
    assert f"Use it with --vocoder {out}." in capsys.readouterr().out


def test_a_packed_vocoder_sounds_as_the_run_within_float16(workdir: Path, tmp_path: Path) -> None:
    trained, again = load_run(workdir, STEP), load_vocoder(packed(workdir, tmp_path, "--step", str(STEP)))
    assert (again.spec, again.audio) == (trained.spec, trained.audio)
    mel = np.random.default_rng(0).normal(-5, 1, (1, 30, trained.audio.n_mels)).astype(np.float32)
    expected = trained(mel)
    error = np.abs(again(mel) - expected).max()
    assert 0 < error < 0.01 * np.abs(expected).max()


def test_the_number_of_refinements_can_change(workdir: Path, tmp_path: Path) -> None:
    spec = load_vocoder(packed(workdir, tmp_path, "--refinements", "5")).spec
    assert isinstance(spec, Istft) and spec.refinements == 5
    with pytest.raises(UserError, match=r"^--refinements does not fit this vocoder: .*1000, not -1"):
        packed(workdir, tmp_path / "other", "--refinements", "-1")
    assert not (tmp_path / "other").exists()


def test_a_step_that_was_not_saved_is_refused(workdir: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no checkpoint of step 3. It has: {STEP}"):
        packed(workdir, tmp_path / "out", "--step", "3")


def test_a_run_of_another_kind_is_refused_in_one_paragraph(tmp_path: Path) -> None:
    write_config(tmp_path / "run", build(recogniser.get_config()))
    with pytest.raises(
        UserError, match=r"run of a recognizer, but that of an acoustic model or a vocoder is needed"
    ) as refused:
        packed(tmp_path / "run", tmp_path / "out")
    assert str(tmp_path / "run") in str(refused.value) and "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()
