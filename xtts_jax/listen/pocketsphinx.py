"""pocketsphinx, which transcribes English with models of its own.

The package serves development only (`requirements-dev.txt`) and is imported where it is used.
"""

import math
import re
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from xtts_jax.errors import UserError
from xtts_jax.listen.bigram import arpa_bigrams
from xtts_jax.listen.level import SAMPLE_RATE, at_level
from xtts_jax.listen.packages import optional
from xtts_jax.listen.transcriber import Hearing

LANGUAGES = ("en", "en-gb")  # those it can transcribe
SHORTEST_S = 0.1  # a shorter clip holds no word and counts as silence
# The decoder's defaults, written down so that figures stay comparable from one release to the next.
DECODER = {"lw": 6.5, "wip": 0.65, "beam": 1e-48, "pbeam": 1e-48, "wbeam": 7e-29, "maxhmmpf": 30000}

_LEAST_PROBABILITY = 1e-4  # floor for a word, so that a single wrong one does not outweigh all others
_SIBILANTS = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_UNVOICED = frozenset(("P", "T", "K", "F", "TH"))


class WordListener:
    """Like `listener.Listener`, but it writes words. Raises `UserError` where the package is missing."""

    column: str = "text"
    least_confidence: float = 0.3
    languages = LANGUAGES
    sample_rate = SAMPLE_RATE

    def __init__(self) -> None:
        require_package()

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        """The words of a (s,) clip of English at SAMPLE_RATE; the confidence is a mean over the words."""
        del language  # English, in whatever accent
        decoder = open_decoder()
        text = transcribe(decoder, audio, self.sample_rate)
        words = [part for part in decoder.seg() or () if text and part.word[0] not in "<["]
        logs = [math.log(max(part.prob, _LEAST_PROBABILITY)) for part in words]
        return Hearing(text, math.exp(sum(logs) / len(logs)) if logs else 0.0)


def require_package() -> None:
    """Raises `UserError` where pocketsphinx is missing."""
    optional("pocketsphinx")


@cache
def open_decoder() -> Any:
    """The decoder with pocketsphinx's own language model of English."""
    return optional("pocketsphinx").Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **DECODER)


def closed_decoder(sentences: Sequence[Sequence[str]]) -> Any:
    """A decoder with a bigram model of these sentences alone, without the words it cannot pronounce."""
    dictionary = read_dictionary()
    sentences = [[word for word in sentence if pronounce(word, dictionary)] for sentence in sentences]
    known = {word: pronounce(word, dictionary) for sentence in sentences for word in sentence}
    if not known:
        raise UserError("pocketsphinx knows none of the words to recognize. Give it English sentences.")
    with tempfile.TemporaryDirectory() as folder:
        model, words = Path(folder, "closed.arpa"), Path(folder, "closed.dict")
        model.write_text(arpa_bigrams([sentence for sentence in sentences if sentence]), encoding="utf-8")
        words.write_text("".join(_dictionary_lines(known)), encoding="utf-8")
        return optional("pocketsphinx").Decoder(
            lm=str(model), dict=str(words), samprate=SAMPLE_RATE, loglevel="FATAL", **DECODER
        )


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


def pronounce(word: str, dictionary: dict[str, list[str]]) -> list[str]:
    """The pronunciations in ARPABET; none for a word without known parts.

    They are the dictionary's, or those of a known stem with s, or of two known words joined.
    """
    if word in dictionary:
        return dictionary[word]
    stem = word.removesuffix("'s") if word.endswith("'s") else word.removesuffix("s")
    if stem != word and stem in dictionary:
        return [f"{phones} {_plural(phones.split()[-1])}" for phones in dictionary[stem]]
    for cut in range(3, len(word) - 2):
        if word[:cut] in dictionary and word[cut:] in dictionary:
            return [f"{dictionary[word[:cut]][0]} {dictionary[word[cut:]][0]}"]
    return []


def _plural(last: str) -> str:
    if last in _SIBILANTS:
        return "IH Z"
    return "S" if last in _UNVOICED else "Z"


@cache
def read_dictionary() -> dict[str, list[str]]:
    """The words that pocketsphinx knows, each with its pronunciations."""
    path = Path(optional("pocketsphinx").get_model_path("en-us/cmudict-en-us.dict"))
    dictionary: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, phones = line.split(maxsplit=1)
        dictionary.setdefault(re.sub(r"\(\d+\)$", "", name), []).append(phones)
    return dictionary


def _dictionary_lines(known: dict[str, list[str]]) -> Iterable[str]:
    for word, pronunciations in sorted(known.items()):
        for i, phones in enumerate(pronunciations, start=1):
            yield f"{word}{f'({i})' if i > 1 else ''} {phones}\n"
