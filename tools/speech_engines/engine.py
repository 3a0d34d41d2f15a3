"""What a speech engine and a voice are, and one sentence spoken."""

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

SILENT_PEAK = 33  # of 32768: -60 dB
_ASCII_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


@dataclass(frozen=True)
class Voice:
    engine: str
    name: str  # as the engine wants it: slt, en-us+m3, mb-ir1
    speaker: str  # unique among people and engines; one variant of espeak-ng is one speaker in every language
    language: str
    person: str  # whose recordings the voice was made of: two engines may share a person
    licence: str
    ships: bool  # weights that heard it may be given away for every use

    def __str__(self) -> str:
        return f"{self.speaker} ({self.language})"


@dataclass(frozen=True)
class Engine:
    name: str
    programs: tuple[str, ...]  # all of them are needed on PATH
    packages: str  # of Debian
    section: str  # what a sources list must name beside main
    ascii_only: bool
    voices: Callable[[], Iterable[Voice]]
    command: Callable[[Voice, Path, Path], list[str]]  # voice, file of the text, wav to write

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
    """(s,) int16 and the rate in Hz; `SpeechError` for a bad exit, a timeout, and empty or silent output."""
    if engine.ascii_only:
        text = _ascii(text)
    with tempfile.TemporaryDirectory(prefix="speak-") as name:
        said, wav = Path(name) / "text.txt", Path(name) / "speech.wav"
        said.write_text(text + "\n", encoding="utf-8")
        _run(engine.command(voice, said, wav), timeout_s)
        return _audible(wav)


def _ascii(text: str) -> str:
    """Typographic signs as typewriters have them, letters without accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII_SIGNS))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    if not plain.isascii():
        raise SpeechError("the text has letters that the engine does not read")
    return plain


def _run(command: list[str], timeout_s: float) -> None:
    """In a session of its own, so that a timeout ends what the engine started, too."""
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
            raise SpeechError(f"no end within {timeout_s:g} s") from None
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
