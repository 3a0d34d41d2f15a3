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
    kokoro = Kokoro(Path(given.models))

    def speak(text: str) -> Iterator[np.ndarray]:
        yield kokoro.speak(kokoro.spell(text, given.language), {given.voice: 1.0})

    return Speaker(speak, kokoro.rate, kokoro.files(given.voice))


if __name__ == "__main__":
    run(load, "models", "voice", "language")
