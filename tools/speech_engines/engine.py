"""Speech engines, their voices, and the synthesis of a sentence."""

import os
import shutil
import signal
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

SILENT_PEAK = 33  # out of 32768: -60 dB
_ASCII_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


@dataclass(frozen=True)
class Voice:
    engine: str
    name: str  # the engine's name of it: slt, en-us+m3, mb-ir1
    speaker: str  # unique name; a variant of espeak-ng is the same speaker in all languages
    language: str
    person: str  # whose recordings the voice was made from; two engines may share a person
    licence: str
    ships: bool  # whether weights trained on it may be distributed for any use

    def __str__(self) -> str:
        return f"{self.speaker} ({self.language})"


@dataclass(frozen=True)
class Engine:
    name: str
    programs: tuple[str, ...]  # all are needed on PATH
    packages: str  # Debian packages
    section: str  # sections that the sources list must have besides main
    ascii_only: bool
    voices: Callable[[], Iterable[Voice]]
    command: Callable[[Voice, Path, Path], list[str]]  # from a voice, a text file and the WAV to write

    @property
    def is_installed(self) -> bool:
        return all(shutil.which(program) for program in self.programs)

    @property
    def how_to_get(self) -> str:
        where = f" (section {self.section}: add it to a sources list)" if self.section else ""
        return f"apt-get install {self.packages}{where}"


class SpeechError(Exception):
    """Why a sentence was not spoken, in a few words."""


def speak(engine: Engine, voice: Voice, text: str, timeout_s: float) -> tuple[np.ndarray, int]:
    """Speech (s,) int16 and its rate in Hz; `SpeechError` if the engine fails, hangs or is silent."""
    if engine.ascii_only:
        text = _ascii(text)
    with tempfile.TemporaryDirectory(prefix="speak-") as name:
        said, wav = Path(name) / "text.txt", Path(name) / "speech.wav"
        said.write_text(text + "\n", encoding="utf-8")
        _run(engine.command(voice, said, wav), timeout_s)
        return _audible(wav)


def _ascii(text: str) -> str:
    """Text in ASCII, with plain punctuation and without accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII_SIGNS))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    if not plain.isascii():
        raise SpeechError("the text has letters that the engine cannot read")
    return plain


def _run(command: list[str], timeout_s: float) -> None:
    """Runs a command in its own session, so that a timeout also ends what the engine started."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise SpeechError(f"not finished within {timeout_s:g} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status:
            complaints.seek(0)
            lines = complaints.read().decode(errors="replace").strip().splitlines()
            raise SpeechError(f"exit status {status}" + (f" ({lines[0][:100]})" if lines else ""))


def _audible(wav: Path) -> tuple[np.ndarray, int]:
    try:
        channels, rate = soundfile.read(wav, dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, OSError):
        raise SpeechError("no audio was written") from None
    if not len(channels):
        raise SpeechError("empty audio")
    if int(np.abs(channels.astype(np.int32)).max()) < SILENT_PEAK:
        raise SpeechError("silent audio")
    return np.ascontiguousarray(channels[:, 0]), rate
