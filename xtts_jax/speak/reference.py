"""A reference recording as a voice is taken from it, alone or with the words that it says."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.denoise import denoise
from xtts_jax.audio.io import load, normalize_loudness, trim
from xtts_jax.config import Config
from xtts_jax.errors import FieldError, UserError
from xtts_jax.speak.voice_choice import is_profile

SHORTEST_S, LONGEST_S = 0.5, 30.0
FEWEST_SOUNDS = 2  # a second of a recording whose words are given; speech has about twelve

Tokenize = Callable[[str, str], tuple[np.ndarray, int]]  # text and language to (n,) ids and the language's id


class Reference(NamedTuple):
    audio: np.ndarray  # (s,) whole frames
    tokens: np.ndarray  # (n,) ids of what it says, at most one for each position of the decoder
    language_id: int


def read_reference(path: Path, config: Config, denoised: bool = False) -> np.ndarray:
    """At most LONGEST_S, in whole frames, without silent ends and at the usual loudness."""
    settings = config.audio
    audio = load(path, settings.sample_rate)
    seconds = len(audio) / settings.sample_rate
    if seconds < SHORTEST_S:
        raise UserError(
            f"The reference {path} lasts {seconds:.2f} s, which is too short for a voice: give at least "
            f"{SHORTEST_S} s of speech, better 3 to 30 s."
        )
    if denoised:
        audio = denoise(audio, settings.sample_rate)
    try:
        audio = trim(audio, settings.sample_rate, config.data.trim_db)
        audio = normalize_loudness(audio, settings.sample_rate, config.data.loudness)
    except UserError as error:
        raise UserError(f"The reference {path} cannot be used without its silence. {error}") from error
    audio = audio[: int(LONGEST_S * settings.sample_rate)]
    return audio[: len(audio) // settings.hop_length * settings.hop_length]


def read_with_words(
    path: Path, words: str, language: str, config: Config, tokenize: Tokenize, denoised: bool = False
) -> Reference:
    """Raises `UserError` where the recording does not say the words, or they cannot be read."""
    if is_profile(path):
        raise FieldError(
            "{path} is a voice profile, which {words} cannot go with: only recordings say something. A "
            "profile keeps what its voice was fitted to.",
            path=path,
        )
    audio = read_reference(path, config, denoised)
    seconds = len(audio) / config.audio.sample_rate
    if seconds > LONGEST_S - config.audio.seconds(1):
        raise FieldError(
            "The reference {path} lasts {longest:g} s or more, and no more than that is used. To give it "
            "{words}, cut the recording, and its text too.",
            path=path,
            longest=LONGEST_S,
        )
    try:
        tokens, language_id = tokenize(words, language)
    except UserError as error:
        cause = error.renamed(language="words_language") if isinstance(error, FieldError) else error
        raise FieldError(
            "The {words} of the reference {path} cannot be used. {cause}", path=path, cause=cause
        ) from error
    _require_match(path, words, len(tokens), seconds, config)
    return Reference(audio, tokens, language_id)


def _require_match(path: Path, words: str, sounds: int, seconds: float, config: Config) -> None:
    counted = {"path": path, "said": words[:60], "sounds": sounds, "seconds": seconds}
    if sounds > config.audio.frames(seconds) // config.frames_per_position:
        raise FieldError(
            "The reference {path} cannot say all of {said!r}: that is {sounds} sounds in {seconds:.1f} s. "
            "Check {words}.",
            **counted,
        )
    if sounds < FEWEST_SOUNDS * seconds:
        raise FieldError(
            "The reference {path} says more than {said!r}: that is {sounds} sounds in {seconds:.1f} s. Give "
            "all that it says in {words}, or cut it.",
            **counted,
        )
