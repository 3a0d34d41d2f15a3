"""The user's lexicon: `word<TAB>phonemes` lines that override the front end."""

import unicodedata
from pathlib import Path

from xtts_jax.errors import UserError

_ONE_SPELLING = str.maketrans("يىك", "ییک")  # Arabic yeh and kaf, which many Persian keyboards produce


def fold(word: str) -> str:
    """The form in which words are compared."""
    return unicodedata.normalize("NFC", word).translate(_ONE_SPELLING).casefold()


def read_lexicon(path: Path | str) -> dict[str, str]:
    """Folded words and their phonemes; # begins a comment line, and the last of equal words wins.

    Words are in the form that normalization produces, without spaces. `UserError` names a malformed line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise UserError(
            f"The lexicon {path} cannot be read ({error.strerror}). Check data.lexicon."
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"The lexicon {path} is not UTF-8 text: {error}. Save it as UTF-8.") from error
    entries = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            word, phonemes = _entry(line, f"{path}, line {number}")
            entries[fold(word)] = phonemes
    return entries


def _entry(line: str, where: str) -> tuple[str, str]:
    word, _, phonemes = (part.strip(" ") for part in line.partition("\t"))
    if not word or not phonemes or "\t" in phonemes or " " in word:
        raise UserError(
            f"{where}: expected a word without spaces, a tab, and its phonemes, such as "
            f"`Kathleen<TAB>kˈæθliːn`; found {line!r}."
        )
    return word, unicodedata.normalize("NFC", phonemes)
