"""A run of this project, for `benchmarks/peers.py`."""

import argparse

from protocol import Speaker, run

from xtts_jax import Synthesizer
from xtts_jax.commands.compile_cache import use_compile_cache
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.vocoder.vocode import ASSETS, SHIPPED


def load(given: argparse.Namespace) -> Speaker:
    use_compile_cache()
    tts = Synthesizer(given.ckpt)
    voice = VoiceChoice(speaker=given.speaker)
    model = [tts.workdir, *([ASSETS] if tts.config.synthesis.vocoder == SHIPPED else [])]
    rate = tts.config.audio.sample_rate
    return Speaker(lambda text: tts.stream(text, given.language, voice), rate, model)


if __name__ == "__main__":
    run(load, "ckpt", "language", "speaker")
