"""Recognizers by name."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from xtts_jax.errors import UserError
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
    with pytest.raises(UserError, match="no Python function own_ears:nothing"):
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
    with pytest.raises(UserError, match=r"takes samples, their rate and a language.*this one fails"):
        open_recogniser("python:own_ears:transcribe").hear(CLIP, "en")
