"""A reference recording as a voice is taken from it, alone or with the words that it says."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.contrast import LEAST_CONTRAST_DB, contrast_db
from xtts_jax.audio.denoise import denoise
from xtts_jax.audio.faults import clipped
from xtts_jax.audio.io import is_cut_short, load, normalize_loudness, read_channels, trim
from xtts_jax.audio.rumble import without_rumble
from xtts_jax.audio.speechlike import is_speech
from xtts_jax.config import Audio, Config
from xtts_jax.errors import FieldError, UserError
from xtts_jax.speak.voice_choice import is_profile

SHORTEST_S, LONGEST_S = 0.5, 30.0
SHORT_S = 2.0  # a shorter one says too few sounds for a voice
CLIPPED_SAMPLES = 10  # that are reported
FEWEST_SOUNDS = 2  # a second of a recording whose words are given; speech has about twelve

Tokenize = Callable[[str, str], tuple[np.ndarray, int]]  # text and language to (n,) ids and the language's id


class Recording(NamedTuple):
    audio: np.ndarray  # (s,) whole frames
    rumbled: bool  # what was below a voice is taken out
    whole_s: float  # its length with what is beyond LONGEST_S


class Reference(NamedTuple):
    audio: np.ndarray  # (s,) whole frames
    tokens: np.ndarray  # (n,) ids of what it says, at most one for each position of the decoder
    language_id: int


def require_file(path: Path) -> None:
    if path.is_dir():
        raise UserError(f"The reference {path} is a folder. Give audio files or voice profiles, by name.")
    if not path.is_file():
        raise UserError(f"There is no reference recording or voice profile {path}. Check the path.")


def read_reference(path: Path, config: Config, denoised: bool = False) -> Recording:
    """Without rumble and silent ends, at the usual loudness."""
    return reference_of(load(path, config.audio.sample_rate), path, config, denoised)


def reference_of(audio: np.ndarray, name: str | Path, config: Config, denoised: bool = False) -> Recording:
    """What `read_reference` makes of a file, of (s,) samples at the run's rate that messages call `name`.

    A run that has learned from denoised recordings is given no others.
    """
    _require_long_enough(audio, name, config)
    found, audio = audio, without_rumble(audio, config.audio.sample_rate)
    rumbled = audio is not found
    if denoised or config.data.denoise:
        audio = denoise(audio, config.audio.sample_rate)
    audio = _leveled(name, audio, config)
    return Recording(_beginning(audio, config.audio), rumbled, len(audio) / config.audio.sample_rate)


def read_own(path: Path, config: Config) -> np.ndarray:
    """A voice of the run, as it was trained on: (s,) whole frames."""
    audio = load(path, config.audio.sample_rate)
    _require_long_enough(audio, path, config)
    return _beginning(_leveled(path, audio, config), config.audio)


def _require_long_enough(audio: np.ndarray, name: str | Path, config: Config) -> None:
    seconds = len(audio) / config.audio.sample_rate
    if seconds < SHORTEST_S:
        raise UserError(
            f"The reference {name} lasts {seconds:.2f} s, which is too short for a voice: give at least "
            f"{SHORTEST_S} s of speech, better 3 to 30 s."
        )


def _leveled(name: str | Path, audio: np.ndarray, config: Config) -> np.ndarray:
    """Without silent ends and at the usual loudness."""
    settings = config.audio
    try:
        audio = trim(audio, settings.sample_rate, config.data.trim_db)
        return normalize_loudness(audio, settings.sample_rate, config.data.loudness)
    except UserError as error:
        raise UserError(f"The reference {name} cannot be used. {error}") from error


def _beginning(audio: np.ndarray, settings: Audio) -> np.ndarray:
    """At most LONGEST_S, in whole frames."""
    audio = audio[: int(LONGEST_S * settings.sample_rate)]
    return audio[: len(audio) // settings.hop_length * settings.hop_length]


def faults(path: Path, recording: Recording, settings: Audio) -> list[str]:
    """What a user should know of a reference as it was read, beside what its spectrum lacks."""
    channels, _ = read_channels(path)
    found = faults_of(path, recording, settings, max(map(clipped, channels.T)))
    if is_cut_short(path):
        found.append(
            f"The reference {path} is shorter than its header says, as after an interrupted copy: its end is "
            "missing. Copy it again."
        )
    return found


def faults_of(name: str | Path, recording: Recording, settings: Audio, clipped_samples: int) -> list[str]:
    """As `faults`, of a reference that messages call `name`."""
    audio, _, whole_s = recording
    seconds, found = len(audio) / settings.sample_rate, []
    if clipped_samples >= CLIPPED_SAMPLES:
        found.append(
            f"{clipped_samples} samples of the reference {name} are clipped at full scale, which the voice "
            "may take on. Give a recording at a lower level where there is one."
        )
    if not is_speech(audio, settings):
        found.append(
            f"There seems to be no speech in the reference {name}, but noise, music or a tone: it will not "
            "give a voice. Give 3 to 30 s of one person speaking."
        )
    elif (contrast := contrast_db(audio, settings.sample_rate)) < LEAST_CONTRAST_DB:
        found.append(_describe_company(name, contrast))
    if seconds < SHORT_S:
        found.append(
            f"The reference {name} has only {seconds:.2f} s of speech, which are too few sounds to know a "
            "voice by: what it says will be taken for how it sounds. Give 3 to 30 s."
        )
    if whole_s > LONGEST_S:
        found.append(
            f"Only the first {LONGEST_S:g} s of the reference {name} are heard, of {whole_s:.1f} s. Where "
            "another part is better, cut it out: 3 to 30 s of it."
        )
    return found


def _describe_company(name: str | Path, contrast: float) -> str:
    return (
        f"The reference {name} has other sound beside the voice: its quiet moments are only "
        f"{contrast:.0f} dB below the loud ones, and in clean speech 30 to 60 dB. Noise, music, echo or "
        "other people become part of the voice. Give a recording of one person in a quiet room, or have it "
        "denoised if the noise is steady."
    )


def describe_narrow(name: str | Path, missing: str) -> str:
    return (
        f"The reference {name} has next to nothing {missing}, as if filtered. What the voice has there is "
        "guessed from the run's own voices; a recording of the whole band, at 16 kHz or more, resembles it "
        "better."
    )


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
    require_file(path)
    audio = read_reference(path, config, denoised).audio
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
        cause = (
            error.renamed(language="words_language", text="words") if isinstance(error, FieldError) else error
        )
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
