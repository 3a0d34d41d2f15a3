"""Normalized words to IPA, one code point per symbol, with the punctuation in place."""

import re
import unicodedata

from xtts_jax.text import espeak, persian_readings
from xtts_jax.text.languages import Language, get_language
from xtts_jax.text.normalize.common import MARKS, PLACEHOLDERS
from xtts_jax.text.normalize.english.letters import name_letters
from xtts_jax.text.patterns import sub

_KEPT = re.compile(rf"([{MARKS}]|[{PLACEHOLDERS}])")
_LANGUAGE_FLAG = re.compile(r"\([a-z]{2,3}(?:-[a-z0-9-]+)?\)")
# Ties, liaison hyphens, and ASCII signs that some voices leave ('"' and '^' in Russian, '.' in Arabic).
_UNHEARD = re.compile(r"[!-@\[-`{-~‿\u035c\u0361\u200c\u200d]")
# Written ezafe, as espeak-ng reads it after the words that it knows with one, and after i.
_EZAFE_TWICE, _EZAFE_OF_I = re.compile(r"ee(?!\w)"), re.compile(r"ie(?!\w)")
_LAST_ENDING = re.compile(r"(.*\b[A-Z]{2,})'?s")
_STRESS_AND_LENGTH = re.compile("[ˈˌː]")


def phonemize(text: str, language: str) -> str:
    """IPA words separated by single spaces; the marks , . ? ! ; : … — directly follow a word.

    `text` is normalized. Private-use code points are kept. Raises `UserError` without espeak-ng.
    """
    row = get_language(language)
    pieces = (piece if _KEPT.fullmatch(piece) else _spoken(piece, row) for piece in _KEPT.split(text))
    symbols = sub(rf"\s+(?=[{MARKS}])|(?<=[{MARKS}])(?=[^\s{MARKS}])", _closed, "".join(pieces))
    return sub(r"\s+", " ", symbols).strip()


def _closed(match: re.Match[str]) -> str:
    """The spacing of marks: no space before, one after."""
    return "" if match.group() else " "


def _spoken(piece: str, row: Language) -> str:
    """The IPA of a piece without marks, keeping its outer spaces."""
    words = piece.strip()
    if not words:
        return piece
    if row.code == "fa":
        ipa = persian_readings.read(words, lambda rest: _from_espeak(rest, row))
    else:
        english = row.code in ("en", "en-gb")
        ipa = _from_espeak(name_letters(words) if english else words, row)
        if english:
            ipa = _with_last_ending(words, ipa, row)
    return f"{piece[: len(piece) - len(piece.lstrip())]}{ipa}{piece[len(piece.rstrip()) :]}"


def _with_last_ending(words: str, ipa: str, row: Language) -> str:
    """The IPA with the s of a last word such as PCs and FBI's, which espeak-ng drops in some clauses."""
    acronym = _LAST_ENDING.fullmatch(words)
    if not acronym or _from_espeak(acronym[1], row) != ipa:
        return ipa
    if re.search("[szʃʒ]$", ipa):
        return f"{ipa}ᵻz"
    return ipa + ("s" if re.search("[ptkfθ]$", ipa) else "z")


def _from_espeak(words: str, row: Language) -> str:
    """IPA without language flags, ties and other signs that are not pronounced."""
    ipa = _LANGUAGE_FLAG.sub("", espeak.phonemes(words, row.espeak_voice))
    if row.code == "fa":  # espeak-ng's Persian stress and length are unreliable; it writes qaf as q1
        ipa = _STRESS_AND_LENGTH.sub("", ipa.replace("q1", "ɢ"))
        ipa = _EZAFE_TWICE.sub("e", _EZAFE_OF_I.sub("ije", ipa))
    return unicodedata.normalize("NFC", _UNHEARD.sub("", ipa))
