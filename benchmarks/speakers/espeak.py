"""espeak-ng (GPL-3), for `benchmarks/peers.py`."""

import argparse

import numpy as np
from protocol import Speaker, run

from xtts_jax.text import espeak
from xtts_jax.text.languages import LANGUAGES


def load(given: argparse.Namespace) -> Speaker:
    voice = LANGUAGES[given.language].espeak_voice
    rate = espeak.synthesize(".", voice)[1]

    def speak(text: str) -> list[np.ndarray]:
        return [espeak.synthesize(text, voice)[0].astype(np.float32) / 32768]

    return Speaker(speak, rate)


if __name__ == "__main__":
    run(load, "language")
