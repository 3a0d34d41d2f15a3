"""The table of families: complete, the only one, and asked for what a configuration names of other runs."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trained_run import random_params, save_params

from xtts_jax.commands import train
from xtts_jax.config import Config
from xtts_jax.config.rules import _CHOICES
from xtts_jax.data import prepare
from xtts_jax.errors import UserError
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs import settings
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train.kinds import KINDS, require_named
from xtts_jax.train.rules import Rules

FAMILIES = ("acoustic", "recogniser", "vocoder", "voice_encoder")


def imports(path: Path) -> Iterator[str]:
    """Dotted names of all that a file imports; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def families_in(path: Path) -> set[str]:
    """The families that a file imports from."""
    return {
        family
        for family in FAMILIES
        for name in imports(path)
        if f"{name}.".startswith(f"xtts_jax.train.{family}.")
    }


def test_the_table_has_every_choice_of_model(root: Path) -> None:
    assert set(KINDS) == set(_CHOICES["train.model"]) == set(settings.MODELS)
    for _, config in settings.MODELS.values():
        assert (root / config).is_file()


def test_shared_modules_and_other_families_import_no_family(root: Path) -> None:
    train = root / "xtts_jax" / "train"
    assert sorted(path.parent.name for path in train.glob("*/task.py")) == sorted(FAMILIES)
    assert families_in(train / "kinds.py") == {*FAMILIES}
    for path in train.rglob("*.py"):
        own = {path.parent.name} if path.parent != train else set()
        assert path == train / "kinds.py" or families_in(path) <= own, path.name


def test_the_families_look_alike(root: Path) -> None:
    for family in FAMILIES:
        names = {path.stem for path in (root / "xtts_jax" / "train" / family).glob("*.py")}
        assert names >= {"task", "step", "validation", "rules"}, family
    assert all(isinstance(kind.rules, Rules) for kind in KINDS.values())


def compared_with_a_constant(path: Path) -> Iterator[str]:
    """Every expression that a file compares with a constant, or matches."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Compare(left=subject, comparators=[ast.Constant() | ast.Tuple()]):
                yield ast.unparse(subject)
            case ast.Match(subject=subject):
                yield ast.unparse(subject)


def test_no_module_asks_which_model_is_trained_but_the_rules_between_settings(root: Path) -> None:
    asking = {
        path.relative_to(root / "xtts_jax").parts[0]
        for path in (root / "xtts_jax").rglob("*.py")
        if any(subject.endswith("train.model") for subject in compared_with_a_constant(path))
    }
    assert asking == {"config"}


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


def test_a_run_with_other_settings_is_refused_before_anything_is_prepared(
    tiny_config: Config, acoustic: Path
) -> None:
    faster = replace(tiny_config, optim=replace(tiny_config.optim, learning_rate=0.5))
    with pytest.raises(UserError, match=r"another configuration .*optim\.learning_rate: .* then, 0\.5 now"):
        require_named(faster, acoustic)


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
    with pytest.raises(UserError, match="run of an acoustic model, but that of a vocoder is needed"):
        require_named(vocoder(tiny_config, init_from=str(acoustic)), tmp_path / "run")


def test_a_decoder_that_discriminators_cannot_teach_is_refused(tiny_config: Config, tmp_path: Path) -> None:
    judged = replace(tiny_config, adversarial=replace(tiny_config.adversarial, start=5))
    require_named(judged, tmp_path / "run")
    flow = replace(judged, model=replace(judged.model, decoder="flow"))
    with pytest.raises(UserError, match=r"teach the decoder flow.* Set model.decoder to parallel"):
        require_named(flow, tmp_path / "run")


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
