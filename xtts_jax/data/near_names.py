"""Names of recordings that are nearly those of files."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

# In this order where files differ in their suffix only: lossless ones before others.
AUDIO_SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".au", ".caf", ".w64", ".ogg", ".opus", ".mp3")
# Suffixes of sounds in formats that nothing here reads.
UNREAD = (".m4a", ".aac", ".wma", ".mp4", ".webm", ".amr", ".3gp", ".mka")
_OTHERS = (".npy", ".pt", ".txt", ".lab")
_SUFFIX = re.compile(f"(?:{'|'.join(map(re.escape, (*AUDIO_SUFFIXES, *UNREAD, *_OTHERS)))})$")
_ALIKE = 0.8  # the likeness of two spellings of a name
_COMPARED = 1_000_000  # pairs of names, at most


def loosely(name: str) -> str:
    """A name without what programs change in it: the same for names that nobody would keep apart.

    Suffix, case, what stands for a space, digits of other scripts, zeros before numbers, and characters that
    cannot be seen make no difference.
    """
    plain = unicodedata.normalize("NFKC", unquote(name)).casefold()
    seen = "".join(_digit(sign) for sign in plain if unicodedata.category(sign) not in ("Cf", "Cc"))
    spaced = re.sub(r"[\s_+-]+", "_", _SUFFIX.sub("", seen)).strip("_")
    spaced = re.sub(r"(?<![^/])(\d+)\.0$", r"\1", spaced)  # as spreadsheets write a whole number
    return re.sub(r"(?<!\d)0+(?=\d)", "", spaced)


def _digit(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)


def misspelled(names: Sequence[str], files: Iterable[str]) -> dict[str, str]:
    """For each of `names` the one of `files` that is spelled most like it, if any is.

    Only files with the same numbers are, and of many names only the first are looked up.
    """
    same_numbers: dict[tuple[str, ...], dict[str, str]] = {}
    for file in files:
        same_numbers.setdefault(_numbers(file), {}).setdefault(_last(file), file)
    found, left = {}, _COMPARED
    for name in names:
        candidates = same_numbers.get(_numbers(name), {})
        left -= len(candidates)
        if left < 0:
            break
        if near := difflib.get_close_matches(_last(name), candidates, n=1, cutoff=_ALIKE):
            found[name] = candidates[near[0]]
    return found


def _last(name: str) -> str:
    return loosely(name.replace("\\", "/").rpartition("/")[2])


def _numbers(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", _last(name)))
