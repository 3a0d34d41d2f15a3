"""The contents of the built-in demo corpus: our own English and Persian sentences, for espeak-ng voices.

Every voice speaks both languages, so that a model can separate voice from language.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

_VERSION = 1  # increment when the audio changes
ESPEAK_LANGUAGES = {"en": "en-us", "fa": "fa"}


class Voice(NamedTuple):
    variant: str  # espeak-ng's variant, a timbre
    pitch: int  # 0 to 99
    rate_wpm: int


VOICES = (
    Voice("m3", 45, 150),
    Voice("f2", 55, 160),
    Voice("m7", 70, 165),
    Voice("f4", 50, 145),
    Voice("m1", 45, 170),
    Voice("f5", 70, 165),
    Voice("m8", 50, 155),
    Voice("f3", 60, 150),
)


class Line(NamedTuple):
    id: str
    voice: Voice
    language: str
    text: str


def lines() -> list[Line]:
    """The lines of the corpus: each sentence in half of the voices, and equally many lines per voice."""
    return [
        Line(f"{language}_{voice.variant}_{i:03d}", voice, language, text)
        for language in ESPEAK_LANGUAGES
        for i, text in enumerate(sentences(language))
        for j, voice in enumerate(VOICES)
        if (3 * i + j) % 8 < 4
    ]


def sentences(language: str) -> list[str]:
    path = Path(__file__).parent / f"demo_sentences_{language}.txt"
    return path.read_text(encoding="utf-8").splitlines()


def version() -> str:
    """A digest of everything that determines the audio."""
    return hashlib.sha256(repr((_VERSION, lines())).encode()).hexdigest()[:8]


def is_made(cache_dir: Path) -> bool:
    stamp = demo_folder(cache_dir) / "version.txt"
    return stamp.is_file() and stamp.read_text() == version()


def demo_folder(cache_dir: Path) -> Path:
    return cache_dir / "demo_corpus"
