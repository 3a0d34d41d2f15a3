"""The ezafe that Persian readers add: found by the tagger of gruut-lang-fa, and written as its vowel sign."""

import re
from functools import cache
from importlib import import_module
from types import ModuleType

from xtts_jax.errors import UserError
from xtts_jax.text.normalize.common import COMBINING, MARKS, ZWNJ
from xtts_jax.text.tagger import Tagger

EZAFE = ("\u0650", "\u0654")  # the signs that write it

_PIECE = re.compile(rf"[{MARKS}]|[^\s{MARKS}]+")
_SIGNS = re.compile(f"[{COMBINING}]")
_NO_WORDS = {*MARKS, "،", "؛", "؟"}
_MARKS = str.maketrans({",": "،", ";": "؛", "?": "؟"})
_LETTER_LAST = re.compile("[\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc]$")
# Final ه that is heard; elsewhere it stands for the vowel e.
_HEARD_H = re.compile(
    rf"(?:اه|گروه|کوه|اندوه|انبوه|توجه|فرمانده|(?:^|{ZWNJ})(?:ده|به|وجه|متوجه|موجه|فقه|فقیه|شبیه|تشبیه|تنبیه|توجیه|"
    r"کریه|سفیه|تنزیه|ستوه|مکروه|مشابه|متشابه|مواجه|فربه|منزه|گره|زره|سپه|شبه))$"
)


def mark_ezafe(words: str) -> str:
    """Normalized Persian with the sign of the ezafe where the tagger finds one; words with signs stay.

    The last word of a clause, and one before را, has none.
    """
    pieces = [_SIGNS.sub("", piece.group()).translate(_MARKS) for piece in _PIECE.finditer(words)]
    labels = _tagger()([*pieces, "."])
    followers = [*pieces[1:], "."]
    marked = iter(
        label.endswith("e") and follower != "را" and follower not in _NO_WORDS
        for label, follower in zip(labels, followers, strict=False)
    )
    return _PIECE.sub(lambda match: with_ezafe(match.group()) if next(marked) else match.group(), words)


def with_ezafe(word: str) -> str:
    """The word with the sign of its ezafe; unchanged after a sign, or alef, which takes none."""
    if not _LETTER_LAST.search(word) or word.endswith(("ا", f"{ZWNJ}ی")):
        return word
    return f"{word}ٔ" if word.endswith("ه") and not _HEARD_H.search(word) else f"{word}ِ"


@cache
def _tagger() -> Tagger:
    return Tagger(tagger_package().get_lang_dir() / "pos" / "postagger.model")


def tagger_package() -> ModuleType:
    """The package with the model; `UserError` where it is not installed."""
    try:
        return import_module("gruut_lang_fa")
    except ImportError as error:
        raise UserError(
            "data.ezafe=tagged needs the package gruut-lang-fa. Install it with `pip install -r "
            "requirements-persian.txt`, or use --config.data.ezafe=written, which reads only those that "
            "the text has."
        ) from error
