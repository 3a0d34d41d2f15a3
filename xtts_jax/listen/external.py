"""Recognizers from outside: any program, and any Python function."""

import importlib
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from xtts_jax.audio import io
from xtts_jax.errors import UserError
from xtts_jax.listen.transcriber import Hearing
from xtts_jax.text.languages import LANGUAGES

LONGEST_S = 300  # that a program may take for a clip
TAKES = "The function of a recognizer takes samples (s,), their rate and a language code, and returns words."
Function = Callable[[np.ndarray, int, str], str]  # (s,) float32, Hz, language -> words


class External:
    """A `Transcriber` that calls `function`, and is sure of whatever it gives."""

    column: str = "text"
    least_confidence: float = 0.0
    sample_rate: int = 16_000
    languages = tuple(LANGUAGES)

    def __init__(self, name: str, function: Function) -> None:
        """name: what messages call it."""
        self._name, self._function = name, function

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        """The words on one line, without control characters."""
        samples = np.array(audio, np.float32)
        given = called(self._name, TAKES, self._function, samples, self.sample_rate, language)
        if not isinstance(given, str):
            raise UserError(f"{self._name} gave {type(given).__name__}. {TAKES}")
        words = " ".join("".join(sign if sign.isprintable() else " " for sign in given).split())
        return Hearing(words, 1.0 if words else 0.0)


def program(command: str) -> Function:
    """A function that runs `command WAV LANGUAGE` and takes what it prints for the words.

    Raises `UserError` where the command cannot be split as a shell would, or fails.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UserError(f"The command {command!r} cannot be read ({error}): check its quotes.") from error
    if not words:
        raise UserError("The command of a recognizer is empty. Give one, such as command:my_recognizer.")

    def run(audio: np.ndarray, sample_rate: int, language: str) -> str:
        with TemporaryDirectory() as folder:
            path = Path(folder, "clip.wav")
            io.save(path, np.clip(audio, -1, 1), sample_rate)
            try:
                done = subprocess.run(
                    [*words, str(path), language],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=LONGEST_S,
                )
            except OSError as error:
                raise UserError(f"The program {words[0]} cannot be started ({error}).") from error
            except subprocess.TimeoutExpired as error:
                raise UserError(
                    f"{command} had not ended after {LONGEST_S} s with a clip of "
                    f"{len(audio) / sample_rate:.1f} s, and was stopped. It must print the words and end."
                ) from error
        if done.returncode:
            reason = " ".join(done.stderr.split())[-300:] or "it printed nothing"
            how = f"status {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
            raise UserError(f"{command} ended with {how}: {reason}.")
        return done.stdout

    return run


def called(name: str, takes: str, function: Callable[..., Any], *given: Any) -> Any:
    """What a user's function gives; its errors become a `UserError` that says what it should do."""
    try:
        return function(*given)
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(f"{name} failed ({type(error).__name__}: {error}). {takes}") from error


def imported(name: str) -> Callable[..., Any]:
    """The function MODULE:FUNCTION, also of a file in the current folder. Raises `UserError`."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise UserError(f"{name!r} names no Python function. Give MODULE:FUNCTION, such as my_judges:rate.")
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise UserError(
            f"The Python function {name} cannot be imported ({type(error).__name__}: {error}). {module}.py "
            f"must be in the current folder ({os.getcwd()}), or where Python finds its modules."
        ) from error
    if not callable(found):
        raise UserError(f"{name} is not a function.")
    return found
