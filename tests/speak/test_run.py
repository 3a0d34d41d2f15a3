"""A run read from its folder, with other settings of its decoder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from trained_run import save_params

from xtts_jax.config import Config
from xtts_jax.errors import FieldError, UserError
from xtts_jax.runs import checkpoint
from xtts_jax.speak.run import read_run, with_drawing


def flow(config: Config) -> Config:
    return replace(config, model=replace(config.model, decoder="flow"))


def test_run_of_a_model_that_had_less_is_refused(speaking_run: Path, tmp_path: Path) -> None:
    shutil.copytree(speaking_run, tmp_path / "old", ignore=shutil.ignore_patterns("checkpoints"))
    params, _ = checkpoint.load_params(speaking_run)
    save_params(tmp_path / "old", 1, {name: part for name, part in params.items() if name != "colour"})
    with pytest.raises(UserError, match=r"older version.*no colour.*train\.init_from=.*old"):
        read_run(tmp_path / "old", None, {})


def edited(run: Path, copy: Path, name: str, change: Callable[[dict], object]) -> Path:
    """A copy of the run, without its voices, whose file of settings was edited by hand."""
    copy.mkdir()
    for path in run.iterdir():
        if path.name != "voices":
            (copy / path.name).symlink_to(path)
    values = json.loads((run / name).read_text(encoding="utf-8"))
    change(values)
    (copy / name).unlink()
    (copy / name).write_text(json.dumps(values), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"width": 48}, r"is .*32.*, not .*48"),
        ({"style_tokens": 9}, r"not .*9"),
        ({"decoder_layers": 9}, "decoder/.* is 1 x 32, not 9 x 32"),
    ],
)
def test_a_configuration_of_another_model_ends_in_a_paragraph(
    speaking_run: Path, tmp_path: Path, change: dict[str, int], difference: str
) -> None:
    copy = edited(
        speaking_run, tmp_path / "copy", "config.json", lambda values: values["model"].update(change)
    )
    with pytest.raises(
        UserError, match=rf"not of the model that the settings .*params differ \(.*{difference}"
    ):
        read_run(copy, None, {})


def test_a_table_of_other_symbols_ends_in_a_paragraph(speaking_run: Path, tmp_path: Path) -> None:
    copy = edited(
        speaking_run, tmp_path / "copy", "tokenizer.json", lambda values: values["symbols"].append("ß")
    )
    with pytest.raises(UserError, match=r"1 of \d+ params differ \(text_encoder/"):
        read_run(copy, None, {})


def test_settings_of_a_flow_replace_those_of_its_run(tiny_config: Config) -> None:
    config = flow(tiny_config)
    changed = with_drawing(config, {"flow_steps": 3, "guidance": 2.0}).synthesis
    assert changed == replace(config.synthesis, flow_steps=3, guidance=2.0)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("flow_steps", 0, "must be at least 1, not 0"),
        ("flow_steps", 2.5, "must be of type int, not float (2.5)"),
        ("flow_solver", "rk4", "must be euler or midpoint, not 'rk4'"),
        ("guidance", 11.0, "must be between 0 and 10, not 11.0"),
        ("temperature", -1.0, "must be between 0 and 2, not -1.0"),
    ],
)
def test_settings_out_of_range_are_named_without_their_section(
    tiny_config: Config, name: str, value: object, rule: str
) -> None:
    with pytest.raises(FieldError) as caught:
        with_drawing(flow(tiny_config), {name: value})
    assert f"{name} {rule}" in str(caught.value) and "synthesis" not in str(caught.value)
    assert f"<{name}> {rule}" in caught.value.named(lambda field: f"<{field}>")


def test_settings_that_the_decoder_does_not_have_are_refused(tiny_config: Config) -> None:
    with pytest.raises(FieldError) as caught:
        with_drawing(tiny_config, {"flow_steps": 4, "guidance": 1.0})
    assert caught.value.named(lambda field: f"--{field}") == (
        "--flow_steps, --guidance: the decoder of this run, parallel, has no such setting. Leave it out, or "
        "train a run with model.decoder flow."
    )
    with pytest.raises(FieldError, match=r"^speed: the decoder of this run, flow, .*Leave it out\.$"):
        with_drawing(flow(tiny_config), {"speed": 2.0})
