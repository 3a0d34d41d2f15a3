"""Recognizers from outside: any program, and any Python function."""

import importlib
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from xtts_jax.audio import io
from xtts_jax.errors import UserError
from xtts_jax.listen.transcriber import Hearing
from xtts_jax.text.languages import LANGUAGES

Function = Callable[[np.ndarray, int, str], str]  # (s,) float32, Hz, language -> words


class External:
    """A `Transcriber` that calls `function`, and is sure of whatever it gives."""

    column: str = "text"
    least_confidence: float = 0.0
    sample_rate: int = 16_000
    languages = tuple(LANGUAGES)

    def __init__(self, function: Function) -> None:
        self._function = function

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        try:
            words = self._function(np.asarray(audio, np.float32), self.sample_rate, language).strip()
        except (TypeError, AttributeError) as error:
            raise UserError(
                "The function of a recognizer takes samples, their rate and a language, and returns words; "
                f"this one fails ({error})."
            ) from error
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
                    [*words, str(path), language], capture_output=True, text=True, errors="replace"
                )
            except OSError as error:
                raise UserError(f"The program {words[0]} cannot be started ({error}).") from error
        if done.returncode:
            reason = " ".join(done.stderr.split())[-300:]
            raise UserError(
                f"{command} ended with status {done.returncode}: {reason or 'it printed nothing'}."
            )
        return done.stdout

    return run


def imported(name: str) -> Callable[..., Any]:
    """The function MODULE:FUNCTION. Raises `UserError` where there is none."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"There is no Python function {name} ({error}). Name one that can be imported, such as "
            "my_judges:transcribe for the function transcribe of my_judges.py."
        ) from error
    if not callable(found):
        raise UserError(f"{name} is not a function.")
    return found
