"""The binding to espeak-ng (GPL-3), through the library and data of the `espeakng_loader` wheel.

The engine starts at the first call and lives as long as the process. Its state is global and protected
by a lock, so parallel work needs processes, not threads.
"""

import ctypes
import tempfile
import threading
from functools import cache
from pathlib import Path

import numpy as np

from xtts_jax.errors import UserError

# Constants of speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
PHONEMES_IPA = 2
POSITION_CHARACTER = 1
PARAMETER_RATE = 1
PARAMETER_PITCH = 3
LONGEST_PATH = 140  # bytes; espeak-ng stores its data path in 160 and truncates longer ones

SYNTH_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Engine:
    """The initialized library, its current voice, and the samples of the current synthesis."""

    def __init__(self) -> None:
        library, self.data = _find_wheel()
        self.lib = ctypes.CDLL(library)
        self.lock = threading.Lock()
        self.voice = ""
        self.chunks: list[np.ndarray] = []
        self._declare()
        path = str(self._short_path()).encode()
        self.sample_rate = self.lib.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, path, INITIALIZE_DONT_EXIT)
        if self.sample_rate <= 0:
            raise UserError(f"espeak-ng did not start with the data in {self.data}. {_HOW_TO_FIX}")
        self.callback = SYNTH_CALLBACK(self._collect)  # keep a reference: the library holds only a pointer
        self.lib.espeak_SetSynthCallback(self.callback)

    def _short_path(self) -> Path:
        if len(str(self.data).encode()) <= LONGEST_PATH:
            return self.data
        self.folder = tempfile.TemporaryDirectory(prefix="espeak-")  # keep a reference: voices are read later
        link = Path(self.folder.name) / self.data.name
        link.symlink_to(self.data)
        return link

    def _declare(self) -> None:
        text = ctypes.POINTER(ctypes.c_char_p)
        self.lib.espeak_TextToPhonemes.argtypes = [text, ctypes.c_int, ctypes.c_int]
        self.lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self.lib.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip

    def _collect(self, samples, count: int, _events) -> int:
        if samples and count > 0:
            self.chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    def set_voice(self, voice: str) -> None:
        if voice == self.voice:
            return
        _, _, variant = voice.partition("+")
        known = variant == "" or (self.data / "voices" / "!v" / variant).is_file()
        if not known or self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UserError(
                f"espeak-ng has no voice {voice!r}. A voice is a language such as en-us or fa, or a language "
                f"and a variant such as fa+f2; the variants are the files in {self.data / 'voices' / '!v'}."
            )
        self.voice = voice


_HOW_TO_FIX = (
    "Install it with `pip install espeakng_loader` (no system package is needed), or train with "
    "--config.data.frontend=characters, which uses plain letters instead of phonemes."
)


def _find_wheel() -> tuple[str, Path]:
    try:
        import espeakng_loader
    except ImportError as error:
        raise UserError(f"The phoneme front end needs the espeakng_loader package. {_HOW_TO_FIX}") from error
    data = Path(espeakng_loader.get_data_path())
    if not (data / "phontab").is_file():
        raise UserError(f"The espeak-ng data is missing from {data}. {_HOW_TO_FIX}")
    return espeakng_loader.get_library_path(), data


@cache
def _engine() -> _Engine:
    return _Engine()


def phonemes(text: str, voice: str) -> str:
    """espeak-ng's IPA with clauses joined by a space; punctuation is lost, language flags stay."""
    engine = _engine()
    with engine.lock:
        engine.set_voice(voice)
        rest = ctypes.c_char_p(text.replace("\0", " ").encode())
        clauses = []
        while rest.value is not None:
            clause = engine.lib.espeak_TextToPhonemes(ctypes.byref(rest), CHARS_UTF8, PHONEMES_IPA)
            clauses.append((clause or b"").decode())
    return " ".join(clause for clause in clauses if clause)


def synthesize(text: str, voice: str, rate_wpm: int = 175, pitch: int = 50) -> tuple[np.ndarray, int]:
    """Speech (s,) int16 and its sample rate in Hz; `rate_wpm` is 80 to 450, `pitch` 0 to 99."""
    engine = _engine()
    encoded = text.replace("\0", " ").encode() + b"\0"
    with engine.lock:
        engine.set_voice(voice)
        engine.lib.espeak_SetParameter(PARAMETER_RATE, rate_wpm, 0)
        engine.lib.espeak_SetParameter(PARAMETER_PITCH, pitch, 0)
        engine.chunks = []
        status = engine.lib.espeak_Synth(
            encoded, len(encoded), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
        )
        chunks, engine.chunks = engine.chunks, []
    if status != 0 or not chunks:
        raise UserError(
            f"espeak-ng made no audio of {text!r} with the voice {voice!r}. Change the text or the voice."
        )
    return np.concatenate(chunks), engine.sample_rate
