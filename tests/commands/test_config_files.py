"""Options, configuration files, and how commands end."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from xtts_jax.commands import config_files, endings
from xtts_jax.config import AUTO
from xtts_jax.errors import UserError

TINY = "configs/tiny.py"


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_options_replace_values_in_every_spelling() -> None:
    options = [
        "--config.train.steps=7",
        "--train.batch_size",
        "12",
        "--config.optim.learning_rate=2",
        "--config.preflight.enabled=False",
        "--config.data.root=a=b c",
        "--config.train.eval_every=1_000",
    ]
    config = config_files.load_config(TINY, options)
    assert (config.train.steps, config.train.batch_size, config.train.eval_every) == (7, 12, 1000)
    assert config.optim.learning_rate == 2.0 and isinstance(config.optim.learning_rate, float)
    assert config.preflight.enabled is False
    assert config.data.root == "a=b c"


@pytest.mark.parametrize(
    "text", ["decoder,voice_encoder", "('decoder', 'voice_encoder')", '["decoder", "voice_encoder"]']
)
def test_names_are_listed_as_python_or_between_commas(text: str) -> None:
    assert config_files.load_config(TINY, [f"--config.optim.freeze={text}"]).optim.freeze == (
        "decoder",
        "voice_encoder",
    )


@pytest.mark.parametrize("text", ["512", "512,", "(512)", "(512,)", "[512]"])
def test_one_number_is_a_list_of_one(text: str) -> None:
    assert config_files.load_config(TINY, [f"--config.vocoder.resolutions={text}"]).vocoder.resolutions == (
        512,
    )


def test_numbers_are_listed_as_python_or_between_commas() -> None:
    for text in ("512, 1024", "(512, 1024)"):
        found = config_files.load_config(TINY, [f"--config.vocoder.resolutions={text}"]).vocoder.resolutions
        assert found == (512, 1024)


@pytest.mark.parametrize("text", ["0.9,1,1.1", "(0.9, 1.0, 1.1)", "[0.9, 1, 1.1]"])
def test_numbers_with_a_point_are_listed_too(text: str) -> None:
    found = config_files.load_config(TINY, [f"--config.data.speeds={text}"]).data.speeds
    assert found == (0.9, 1.0, 1.1) and all(type(speed) is float for speed in found)


def test_an_empty_list_of_names_is_empty() -> None:
    assert config_files.load_config(TINY, ["--config.optim.freeze="]).optim.freeze == ()


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--config.modle.width=3", r"no option --config.modle.width. Close to it: model.width"),
        ("--config.model=3", "no option --config.model"),
        ("--config.train.steps=3.5", "takes a value of type int, not '3.5'"),
        ("--config.train.steps=True", "takes a value of type int, not 'True'"),
        ("--config.train.steps=", "takes a value of type int, not ''"),
        ("--config.preflight.enabled=1", "takes a value of type bool, not '1'"),
        ("--config.optim.learning_rate=fast", "takes a value of type float, not 'fast'"),
        ("--config.optim.learning_rate=__import__('os')", "takes a value of type float"),
        (
            "--config.vocoder.resolutions=wide",
            "takes whole numbers between commas, such as 512 or 512,1024, not 'wide'",
        ),
        ("--config.vocoder.resolutions=512,wide", "takes whole numbers between commas"),
        ("--config.vocoder.periods=2.5", "takes whole numbers between commas"),
        ("--config.data.speeds=0.9,fast", "takes numbers between commas, such as 1.0 or 0.9,1.0,1.1"),
        ("--config.data.speeds=0.9,1.1", "data.speeds must be increasing, contain 1.0"),
        ("--config.data.speeds=1,0.9", "data.speeds must be increasing"),
        ("--config.data.speeds=1,1", "data.speeds must be increasing"),
        ("--config.data.speeds=0.901,1", "data.speeds must be increasing"),
        ("--config.data.speeds=1,9", "data.speeds must be increasing, contain 1.0, lie between 0.5 and 2"),
        ("--config.optim.freeze=(1,)", "takes names between commas, such as decoder,voice_encoder"),
        ("--config.train.steps=0", "train.steps and train.batch_size must be at least 1"),
        ("--config.train.batch_size=-4", "or train.batch_size auto"),
        ("--config.train.batch_size=lots", "takes a value of type int, or auto, not 'lots'"),
        ("--config.train.steps=auto", "takes a value of type int, not 'auto'"),
        ("--config.model.decoder=lstm", "model.decoder must be parallel, autoregressive or flow, not 'lstm'"),
        ("--config.synthesis.guidance=11", "synthesis.guidance must be between 0 and 10, not 11"),
        ("--config.synthesis.temperature=-1", "synthesis.temperature must be between 0 and 2, not -1"),
        ("--config.loss.mel=-1", "the weights in loss must not be negative"),
        ("steps=3", "'steps' is not an option with a value"),
        ("--config.train.steps", "'--config.train.steps' is not an option with a value"),
    ],
)
def test_wrong_options_are_named(option: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint.replace("(", r"\(")):
        config_files.load_config(TINY, [option])


def test_configuration_file_of_ones_own_may_lie_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from configs import base\n\ndef get_config():\n    config = base.get_config()\n"
        "    config.train.steps = 5\n    return config\n"
    )
    assert config_files.load_config(str(path), ["--config.train.seed=9"]).train.steps == 5


def test_your_voice_is_that_of_your_recordings_and_not_silently_that_of_the_demo() -> None:
    with pytest.raises(UserError, match=r"leaves data\.root to you.*--config\.data\.root=DIR, the folder"):
        config_files.load_config("your_voice", ["--config.train.steps=5"])
    assert config_files.load_config("your_voice", ["--config.data.root=mine"]).data.root == "mine"
    assert config_files.load_config("your_voice", ["--config.data.root="]).data.root == ""
    with pytest.raises(UserError, match=r"Close to it: data\.root"):
        config_files.load_config("your_voice", ["--config.data.rooot=mine"])


GET = "from configs import base\ndef get_config():\n  c = base.get_config()\n  {}\n  return c"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def get_config(:", "SyntaxError"),
        ("x = 1", "get_config"),
        ("from configs import base\nget_config = base.get_confg", "AttributeError"),
        (GET.format("c.model.widht = 3"), 'Did you mean "width"'),
        (GET.format("c.model.width = 'x'"), "TypeError.* each to one of the same type"),
        (GET.format("c.train.batch_size = 'auto'"), "auto is written 0 there, as in train.batch_size = 0"),
    ],
)
def test_configuration_file_that_is_broken_is_named(source: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text(source)
    with pytest.raises(UserError, match=complaint) as caught:
        config_files.load_config(str(path), [])
    assert str(path) in str(caught.value)


def test_configuration_file_that_is_missing_is_named() -> None:
    with pytest.raises(UserError, match=r"no configuration file configs/huge\.py"):
        config_files.load_config("configs/huge.py", [])


def fail(_: Sequence[str]) -> None:
    raise UserError("The bread is burnt. Bake another.")


def divide(_: Sequence[str]) -> None:
    print(1 // 0)


def interrupt(_: Sequence[str]) -> None:
    raise KeyboardInterrupt


def test_command_that_fails_ends_with_1_and_its_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        endings.run(fail)
    assert caught.value.code == 1
    assert capsys.readouterr() == ("", "error: The bread is burnt. Bake another.\n")


def test_interrupted_command_ends_as_the_shell_expects(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit) as caught:
        endings.run(interrupt)
    assert caught.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_command_is_given_its_arguments_and_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["program", "--one", "two"])
    seen: list[str] = []
    endings.run(seen.extend)
    assert seen == ["--one", "two"]


def test_mistake_of_the_program_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        endings.run(divide)


def test_guidance_needs_a_flow_that_learned_to_do_without() -> None:
    options = ["--config.synthesis.guidance=2", "--config.model.condition_dropout=0"]
    with pytest.raises(UserError, match=r"guidance must be 1 unless .*model\.condition_dropout above 0"):
        config_files.load_config(TINY, options)


def test_batch_size_may_be_left_to_be_found() -> None:
    assert config_files.load_config(TINY, ["--config.train.batch_size=auto"]).train.batch_size == AUTO
