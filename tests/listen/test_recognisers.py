"""Recognizers by name."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.listen import external
from xtts_jax.listen.listener import Listener
from xtts_jax.listen.pocketsphinx import WordListener
from xtts_jax.listen.recognisers import open_recogniser

CLIP = np.full(8000, 0.25, np.float32)


def test_a_program_gets_a_wav_file_and_the_language_and_prints_words(tmp_path: Path) -> None:
    script = tmp_path / "listen.py"
    script.write_text(
        "import sys, wave\n"
        "with wave.open(sys.argv[-2]) as file: print(file.getframerate(), file.getnframes(), sys.argv[-1])\n"
    )
    found = open_recogniser(f"command:{sys.executable} '{script}'").hear(CLIP, "fa")
    assert found == ("16000 8000 fa", 1.0)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("", "is empty"),
        ("say 'it", "check its quotes"),
        ("no-such-program-here", "cannot be started"),
        (f"{sys.executable} -c 'raise SystemExit(\"no model\")'", "ended with status 1: no model"),
    ],
)
def test_a_program_that_fails_says_why(command: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        open_recogniser(f"command:{command}").hear(CLIP, "en")


def test_a_python_function_gets_samples_rate_and_language(monkeypatch: pytest.MonkeyPatch) -> None:
    own = SimpleNamespace(transcribe=lambda audio, rate, language: f" {len(audio)} {rate} {language} ")
    monkeypatch.setitem(sys.modules, "own_ears", own)
    assert open_recogniser("python:own_ears:transcribe").hear(CLIP, "de").symbols == "8000 16000 de"
    with pytest.raises(UserError, match=r"own_ears:nothing cannot be imported \(AttributeError"):
        open_recogniser("python:own_ears:nothing")


def test_a_run_and_pocketsphinx_are_known_and_others_are_refused(recogniser_run: Path) -> None:
    assert isinstance(open_recogniser(str(recogniser_run)), Listener)
    assert isinstance(open_recogniser("pocketsphinx"), WordListener)
    with pytest.raises(UserError, match=r"wisper is not a recognizer.*whisper:NAME"):
        open_recogniser("wisper")
    with pytest.raises(UserError, match="step goes with the run of a recogniser"):
        open_recogniser("pocketsphinx", step=3)


def test_a_function_that_takes_something_else_is_a_user_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "own_ears", SimpleNamespace(transcribe=lambda: "one"))
    with pytest.raises(UserError, match=r"own_ears:transcribe failed \(TypeError.*takes samples"):
        open_recogniser("python:own_ears:transcribe").hear(CLIP, "en")


@pytest.mark.parametrize("answer", [b"one", 3, None])
def test_a_function_that_returns_no_words_is_a_user_error(
    monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setitem(sys.modules, "own_ears", SimpleNamespace(transcribe=lambda *_: answer))
    with pytest.raises(UserError, match=rf"transcribe gave {type(answer).__name__}\. .*returns words"):
        open_recogniser("python:own_ears:transcribe").hear(CLIP, "en")


def test_what_is_heard_is_one_line_without_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sys.modules, "own_ears", SimpleNamespace(transcribe=lambda *_: " one\n\ttwo\x00\x1b ")
    )
    assert open_recogniser("python:own_ears:transcribe").hear(CLIP, "en").symbols == "one two"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("def rate(:", "SyntaxError"), ("raise SystemExit(3)", "SystemExit"), ("1 / 0", "ZeroDivisionError")],
)
def test_a_module_in_the_current_folder_is_found_and_its_errors_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, complaint: str
) -> None:
    name = f"ears_of_{complaint.lower()}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    (tmp_path / f"{name}.py").write_text("def hear(*_): return 'one'")
    assert open_recogniser(f"python:{name}:hear").hear(CLIP, "en").symbols == "one"
    (tmp_path / f"{name}_2.py").write_text(content)
    with pytest.raises(UserError, match=rf"cannot be imported \({complaint}.*current folder"):
        open_recogniser(f"python:{name}_2:hear")
    with pytest.raises(UserError, match="names no Python function"):
        open_recogniser(f"python:{name}")


def test_a_program_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "LONGEST_S", 0.2)
    with pytest.raises(UserError, match=r"had not ended after 0.2 s with a clip of 0.5 s"):
        open_recogniser(f"command:{sys.executable} -c 'import time; time.sleep(60)'").hear(CLIP, "en")
