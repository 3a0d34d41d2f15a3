"""Speaks a file with the espeak-ng of the `espeakng-loader` wheel: `wheel.py VOICE TEXT_FILE WAV`.

It is for machines without the program espeak-ng and is a process per sentence, like every other engine.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a file

import soundfile

from xtts_jax.commands.endings import run
from xtts_jax.text.espeak import synthesize


def main(arguments) -> None:
    voice, text, wav = arguments
    samples, rate = synthesize(Path(text).read_text(encoding="utf-8").strip(), voice)
    soundfile.write(wav, samples, rate, subtype="PCM_16")


if __name__ == "__main__":
    run(main)
