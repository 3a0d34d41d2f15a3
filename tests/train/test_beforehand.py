"""Runs and vocoders that a configuration names are looked at before any corpus is prepared."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trained_run import random_params, save_params

from xtts_jax.commands import train
from xtts_jax.config import Config
from xtts_jax.data import prepare
from xtts_jax.errors import UserError
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs import settings
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train.beforehand import require_named


@pytest.fixture(scope="module")
def acoustic(tmp_path_factory: pytest.TempPathFactory, tiny_config: Config) -> Path:
    """A saved run."""
    workdir = tmp_path_factory.mktemp("acoustic")
    settings.write_config(workdir, tiny_config)
    tokenizer = Tokenizer.build(["ab"], ["en"], "characters")
    tokenizer.save(workdir / "tokenizer.json")
    save_params(workdir, 3, random_params(XTTS(tiny_config, len(tokenizer), 1), 0))
    return workdir


def vocoder(config: Config, **changes: Any) -> Config:
    settings = {"acoustic": changes.pop("acoustic")} if "acoustic" in changes else {}
    train = replace(config.train, model="vocoder", **changes)
    return replace(config, train=train, vocoder=replace(config.vocoder, **settings))


def test_missing_runs_are_named_with_their_option(
    tiny_config: Config, acoustic: Path, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "nowhere")
    starting = replace(tiny_config, train=replace(tiny_config.train, init_from=nowhere))
    for config, option in (
        (starting, "train.init_from"),
        (vocoder(tiny_config, init_from=nowhere), "train.init_from"),
        (vocoder(tiny_config, acoustic=nowhere), "vocoder.acoustic"),
    ):
        with pytest.raises(UserError, match=rf"{option} is .*nowhere, which cannot be"):
            require_named(config, tmp_path / "run")
    require_named(starting, acoustic)  # has begun: it needs no other


def test_runs_that_fit_pass_and_of_another_mel_do_not(
    tiny_config: Config, acoustic: Path, tmp_path: Path
) -> None:
    starting = replace(tiny_config, train=replace(tiny_config.train, init_from=str(acoustic)))
    refining = vocoder(tiny_config, acoustic=str(acoustic))
    for config in (starting, refining, vocoder(tiny_config, init_from="shipped")):
        require_named(config, tmp_path / "run")
    for config in (starting, refining):
        other = replace(config, audio=replace(config.audio, fmax=7000.0))
        other = replace(other, synthesis=replace(other.synthesis, vocoder="griffin_lim"))
        with pytest.raises(UserError, match="mel_settings_differ"):
            require_named(other, tmp_path / "run")
    with pytest.raises(UserError, match=r"train\.model=acoustic, which does not make waveforms"):
        require_named(vocoder(tiny_config, init_from=str(acoustic)), tmp_path / "run")


def test_training_looks_before_it_prepares(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Config) -> Path:
        raise AssertionError("preparation began")

    monkeypatch.chdir(root)
    monkeypatch.setattr(prepare, "prepare", refuse)
    for config, option in (("vocoder", "vocoder.acoustic"), ("tiny", "train.init_from")):
        arguments = ["--config", f"configs/{config}.py", "--workdir", str(tmp_path / "run")]
        with pytest.raises(UserError, match=f"{option} is nowhere"):
            train.main([*arguments, f"--config.{option}=nowhere", "--config.data.frontend=phonemes"])
