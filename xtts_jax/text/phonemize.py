"""Normalized words to IPA, one code point per symbol, with the punctuation in place."""

import re
import unicodedata

from xtts_jax.text import espeak
from xtts_jax.text.languages import Language, get_language
from xtts_jax.text.normalize.common import MARKS, PLACEHOLDERS

_KEPT = re.compile(rf"([{MARKS}]|[{PLACEHOLDERS}])")
_LANGUAGE_FLAG = re.compile(r"\([a-z]{2,3}(?:-[a-z0-9-]+)?\)")
# Ties, liaison hyphens, and ASCII signs that some voices leave ('"' and '^' in Russian, '.' in Arabic).
_UNHEARD = re.compile(r"[!-@\[-`{-~‿\u035c\u0361\u200c\u200d]")
_STRESS_AND_LENGTH = re.compile("[ˈˌː]")


def phonemize(text: str, language: str) -> str:
    """IPA words separated by single spaces; the marks , . ? ! ; : … — directly follow a word.

    `text` is normalized. Private-use code points are kept. Raises `UserError` without espeak-ng.
    """
    row = get_language(language)
    pieces = (piece if _KEPT.fullmatch(piece) else _spoken(piece, row) for piece in _KEPT.split(text))
    symbols = re.sub(rf"\s+(?=[{MARKS}])|(?<=[{MARKS}])(?=[^\s{MARKS}])", _closed, "".join(pieces))
    return re.sub(r"\s+", " ", symbols).strip()


def _closed(match: re.Match[str]) -> str:
    """The spacing of marks: no space before, one after."""
    return "" if match.group() else " "


def _spoken(piece: str, row: Language) -> str:
    """The IPA of a piece without marks, keeping its outer spaces."""
    words = piece.strip()
    if not words:
        return piece
    ipa = _plain_ipa(espeak.phonemes(words, row.espeak_voice), row)
    return f"{piece[: len(piece) - len(piece.lstrip())]}{ipa}{piece[len(piece.rstrip()) :]}"


def _plain_ipa(ipa: str, row: Language) -> str:
    """IPA without language flags, ties and other signs that are not pronounced."""
    ipa = _LANGUAGE_FLAG.sub("", ipa)
    if row.code == "fa":  # espeak-ng's Persian stress and length are unreliable; it writes qaf as q1
        ipa = _STRESS_AND_LENGTH.sub("", ipa.replace("q1", "ɢ"))
    return unicodedata.normalize("NFC", _UNHEARD.sub("", ipa))
