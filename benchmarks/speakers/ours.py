"""A run of this project, for `benchmarks/peers.py`."""

import argparse

from protocol import Speak, run

from xtts_jax import Synthesizer
from xtts_jax.commands.compile_cache import use_compile_cache
from xtts_jax.speak.voice_choice import VoiceChoice


def load(given: argparse.Namespace) -> tuple[Speak, int]:
    use_compile_cache()
    tts = Synthesizer(given.ckpt)
    voice = VoiceChoice(speaker=given.speaker)
    return lambda text: tts.stream(text, given.language, voice), tts.config.audio.sample_rate


if __name__ == "__main__":
    run(load, "ckpt", "language", "speaker")
