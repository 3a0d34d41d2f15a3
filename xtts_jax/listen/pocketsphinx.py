"""pocketsphinx, which transcribes English with models of its own.

The package serves development only (`requirements-judges.txt`) and is imported where it is used.
"""

import math
import re
from functools import cache
from typing import Any

import numpy as np

from xtts_jax.listen.level import SAMPLE_RATE, at_level
from xtts_jax.listen.packages import optional
from xtts_jax.listen.transcriber import SHORTEST_S, Hearing

LANGUAGES = ("en", "en-gb")  # those it can transcribe
# The decoder's defaults, written down so that figures stay comparable from one release to the next.
DECODER = {"lw": 6.5, "wip": 0.65, "beam": 1e-48, "pbeam": 1e-48, "wbeam": 7e-29, "maxhmmpf": 30000}

_LEAST_PROBABILITY = 1e-4  # floor for a word, so that a single wrong one does not outweigh all others


class WordListener:
    """Like `listener.Listener`, but it writes words. Raises `UserError` where the package is missing."""

    column: str = "text"
    least_confidence: float = 0.3
    languages = LANGUAGES
    sample_rate = SAMPLE_RATE

    def __init__(self) -> None:
        optional("pocketsphinx")

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        """The words of a (s,) clip of English at SAMPLE_RATE; the confidence is a mean over the words."""
        del language  # English, in whatever accent
        decoder = open_decoder()
        text = transcribe(decoder, audio, self.sample_rate)
        words = [part for part in decoder.seg() or () if text and part.word[0] not in "<["]
        logs = [math.log(max(part.prob, _LEAST_PROBABILITY)) for part in words]
        return Hearing(text, math.exp(sum(logs) / len(logs)) if logs else 0.0)


@cache
def open_decoder() -> Any:
    """The decoder with pocketsphinx's own language model of English."""
    return optional("pocketsphinx").Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **DECODER)


def transcribe(decoder: Any, clip: np.ndarray, sample_rate: int) -> str:
    """The words that the decoder recognizes in the (s,) clip; "" for a silent or very short one."""
    audio = at_level(clip, sample_rate)
    if len(audio) < SHORTEST_S * SAMPLE_RATE or not audio.any():
        return ""
    decoder.reinit_feat()  # or its noise estimate carries over, and the order of the clips matters
    decoder.start_utt()
    decoder.process_raw(np.round(np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    guess = decoder.hyp()
    return re.sub(r"\(\d+\)", "", guess.hypstr) if guess else ""
