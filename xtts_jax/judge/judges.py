"""Judges of speech that this project did not train: word error rate, DNSMOS and speaker embeddings.

Their packages serve development only (`requirements-dev.txt`) and are imported where they are used.
"""

import math
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np

from xtts_jax.errors import UserError
from xtts_jax.listen.bigram import arpa_bigrams
from xtts_jax.listen.edit_distance import edit_distance
from xtts_jax.text.normalize import normalize

Vocabulary = Literal["open", "closed"]

LANGUAGES = ("en", "en-gb")  # those the recogniser hears
SAMPLE_RATE = 16_000  # Hz; that of both judges
LEVEL_DB = -30.0  # root mean square under full scale of every clip judged: no row wins by its level
SHORTEST_S = 0.1  # less than this holds no word: heard as silence
# The recogniser's defaults, written down so that figures stay comparable from one release to the next.
DECODER = {"lw": 6.5, "wip": 0.65, "beam": 1e-48, "pbeam": 1e-48, "wbeam": 7e-29, "maxhmmpf": 30000}

REMEDY = "Run `make setup-dev`, or `pip install -r requirements-dev.txt`."
SPEAKER_REMEDY = (
    "Run `pip install -r requirements-cloning.txt`: it takes the CPU build of torch, and a setuptools "
    "that still has pkg_resources, which its voice activity detector imports."
)

_LEAST_PROBABILITY = 1e-4  # of a word: one that is surely wrong does not outweigh the others
_WORD = re.compile("[a-z]+(?:'[a-z]+)*")
_ONE_SPELLING = {"mr": "mister", "mrs": "missus", "dr": "doctor", "etc": "et cetera"}
_SIBILANTS = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_UNVOICED = frozenset(("P", "T", "K", "F", "TH"))


class WordErrors(NamedTuple):
    """Pooled over the words of all texts; wer = errors / words and may pass 1."""

    wer: float
    words: int
    errors: int
    hypotheses: tuple[str, ...]


def word_error_rate(
    clips: Sequence[np.ndarray], sample_rate: int, texts: Sequence[str], vocabulary: Vocabulary
) -> WordErrors:
    """How much of the texts pocketsphinx hears in the (s,) clips: 0.2 to 0.3 open, 0.02 closed on recordings.

    open: its own language model of English. closed: a bigram model of these texts alone, so give 30
    or more. Words it has no pronunciation for are counted, and missed.
    """
    if len(clips) != len(texts):
        raise ValueError(f"{len(clips)} clips and {len(texts)} texts")
    decoder = _open_decoder() if vocabulary == "open" else _closed_decoder(texts)
    return count_errors(texts, [_transcribe(decoder, at_level(clip, sample_rate)) for clip in clips])


def words_heard(clip: np.ndarray, sample_rate: int) -> tuple[str, float]:
    """What pocketsphinx hears in a (s,) clip of English; the geometric mean of its words' probabilities."""
    decoder = _open_decoder()
    text = _transcribe(decoder, at_level(clip, sample_rate))
    words = [part for part in decoder.seg() or () if text and part.word[0] not in "<["]
    sureness = [math.log(max(part.prob, _LEAST_PROBABILITY)) for part in words]
    return text, math.exp(sum(sureness) / len(sureness)) if sureness else 0.0


def count_errors(texts: Sequence[str], hypotheses: Sequence[str]) -> WordErrors:
    """The errors of hypotheses against texts, both spelt as `spoken_words` does."""
    pairs = [(spoken_words(text), spoken_words(heard)) for text, heard in zip(texts, hypotheses, strict=True)]
    words = sum(len(reference) for reference, _ in pairs)
    if not words:
        raise UserError("There are no words to recognise: every text is empty or without Latin letters.")
    errors = sum(edit_distance(reference, heard) for reference, heard in pairs)
    return WordErrors(errors / words, words, errors, tuple(" ".join(heard) for _, heard in pairs))


def require_packages() -> None:
    """Raises `UserError` where a package of the judges is missing: before an hour of synthesis, not after."""
    require_word_judge()
    _package("speechmos.dnsmos")


def require_word_judge() -> None:
    """As `require_packages`, for words alone."""
    for name in ("pocketsphinx", "soxr"):
        _package(name)


def dnsmos(clips: Sequence[np.ndarray], sample_rate: int) -> float:
    """Mean DNSMOS overall (Reddy, Gopal & Cutler 2022): noise 1.1, clean recordings 3.1 to 3.3.

    The package repeats a clip until it lasts 9 s.
    """
    judge = _package("speechmos.dnsmos")
    if not clips or not all(map(len, clips)):
        raise UserError("DNSMOS needs at least one clip, and none of them empty.")
    scores = [judge.run(np.clip(at_level(clip, sample_rate), -1, 1), SAMPLE_RATE) for clip in clips]
    return float(np.mean([score["ovrl_mos"] for score in scores]))


def require_speaker_judge() -> None:
    """As `require_packages`, for `speaker_embeddings`."""
    _package("resemblyzer", SPEAKER_REMEDY)


def speaker_embeddings(clips: Sequence[np.ndarray], sample_rate: int) -> np.ndarray:
    """(n, 256) unit vectors of Resemblyzer (Wan et al. 2018, section 3), in any language.

    On recordings cosines within a speaker are about 0.87, between speakers 0.5 to 0.6.
    """
    judge = _package("resemblyzer", SPEAKER_REMEDY)
    encoder = _speaker_encoder()
    rows = []
    for clip in clips:
        audio = at_level(clip, sample_rate)
        trimmed = judge.preprocess_wav(audio, SAMPLE_RATE)  # without long pauses
        rows.append(encoder.embed_utterance(trimmed if len(trimmed) else audio))
    return np.stack(rows)


@cache
def _speaker_encoder() -> Any:
    return _package("resemblyzer", SPEAKER_REMEDY).VoiceEncoder("cpu", verbose=False)


def spoken_words(text: str) -> list[str]:
    """The words as a speaker says them: lower case, numbers spelt, accents dropped, apostrophes kept."""
    plain = unicodedata.normalize("NFKD", normalize(text, "en"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    words = [match.group() for match in _WORD.finditer(letters)]
    return " ".join(_ONE_SPELLING.get(word, word) for word in words).split()


def at_level(clip: np.ndarray, sample_rate: int) -> np.ndarray:
    """The (s,) clip at SAMPLE_RATE and LEVEL_DB; digital silence stays silent."""
    audio = np.asarray(clip, np.float32)
    if audio.ndim != 1 or not np.isfinite(audio).all():
        raise UserError(
            "A clip to judge must be one channel of finite samples. The model that made it has diverged."
        )
    if sample_rate != SAMPLE_RATE and len(audio):
        audio = _package("soxr").resample(audio, sample_rate, SAMPLE_RATE, quality="HQ")
    level = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if len(audio) else 0.0
    return audio * np.float32(10 ** (LEVEL_DB / 20) / level) if level > 0 else audio


def pronounce(word: str, dictionary: dict[str, list[str]]) -> list[str]:
    """Pronunciations in ARPABET, none for words without known parts.

    The dictionary's; or those of a known stem with s; or of two known words joined.
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
    """The recogniser's own words, each with its pronunciations."""
    path = Path(_package("pocketsphinx").get_model_path("en-us/cmudict-en-us.dict"))
    dictionary: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, phones = line.split(maxsplit=1)
        dictionary.setdefault(re.sub(r"\(\d+\)$", "", name), []).append(phones)
    return dictionary


@cache
def _open_decoder() -> Any:
    return _package("pocketsphinx").Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **DECODER)


def _closed_decoder(texts: Sequence[str]) -> Any:
    dictionary = read_dictionary()
    sentences = [[word for word in spoken_words(text) if pronounce(word, dictionary)] for text in texts]
    known = {word: pronounce(word, dictionary) for sentence in sentences for word in sentence}
    if not known:
        raise UserError(
            "The recogniser knows no word of these texts, so it cannot judge them. Are they English?"
        )
    with tempfile.TemporaryDirectory() as folder:
        model, words = Path(folder, "closed.arpa"), Path(folder, "closed.dict")
        model.write_text(arpa_bigrams([sentence for sentence in sentences if sentence]), encoding="utf-8")
        words.write_text("".join(_dictionary_lines(known)), encoding="utf-8")
        return _package("pocketsphinx").Decoder(
            lm=str(model), dict=str(words), samprate=SAMPLE_RATE, loglevel="FATAL", **DECODER
        )


def _dictionary_lines(known: dict[str, list[str]]) -> Iterable[str]:
    for word, pronunciations in sorted(known.items()):
        for i, phones in enumerate(pronunciations, start=1):
            yield f"{word}{f'({i})' if i > 1 else ''} {phones}\n"


def _transcribe(decoder: Any, audio: np.ndarray) -> str:
    if len(audio) < SHORTEST_S * SAMPLE_RATE or not audio.any():
        return ""
    decoder.reinit_feat()  # or its noise estimate carries over, and the order of the clips matters
    decoder.start_utt()
    decoder.process_raw(np.round(np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    guess = decoder.hyp()
    return re.sub(r"\(\d+\)", "", guess.hypstr) if guess else ""


def _package(name: str, remedy: str = REMEDY) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise UserError(
            f"Judging speech needs the package {name.partition('.')[0]}, which cannot be imported ({error}). "
            f"{remedy}"
        ) from error
