"""One code point for each Persian letter, and affixes joined to their words."""

from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE, LETTER
from xtts_jax.text.patterns import sub

_LETTERS = str.maketrans({
    **dict.fromkeys("يىېےۍێ", "ی"), **dict.fromkeys("كڪګ", "ک"), **dict.fromkeys("ہھەۂ", "ه"),
    "ٱ": "ا", "إ": "ا", "ڤ": "و", "ۀ": "هٔ", "ګ": "گ", "ۇ": "و", "ۆ": "و", "\u0652": "",
    **dict.fromkeys(map(chr, (*range(0x610, 0x61B), *range(0x656, 0x660), *range(0x6D6, 0x6EE))), ""),
})  # fmt: skip


def unify_letters(text: str) -> str:
    """Text with Persian code points only; as espeak-ng expects, tanwin after alef and no space at ZWNJ."""
    text = sub(f" {ZWNJ}+ ?|{ZWNJ}+ |{ZWNJ}+$", " ", text.translate(_LETTERS))
    text = sub(rf"(?<={LETTER}{{3}})(?=\d)", " ", text)
    text = sub(f"ة{ZWNJ}?(?=ال)", f"ت{ZWNJ}", text).replace("ة", "ه")
    text = sub("(?<![\u0621-\u06cc\u200c])أ", "ا", text)
    text = sub("(?<!ه)\u0654", "", text)
    text = sub(f"(?<=\\d) ?{ZWNJ}?ا?\u064f(?=م(?:ین)?{AFTER})", "", text)
    return text.replace("\u064bا", "ا\u064b")


def join_affixes(text: str) -> str:
    """Joins plural and superlative suffixes, verbal prefixes and perfect endings to their word by ZWNJ."""
    text = sub(rf"{BEFORE}(ن?می) (?={LETTER}{{2}})", rf"\1{ZWNJ}", text)
    text = sub(rf"(?<={LETTER}ه) (?=(?:ام|ایم|اید|اند){AFTER})", ZWNJ, text)
    suffix = "ها|های|هایی|هایم|هایت|هایش|هایمان|هایشان|ترین"
    return sub(rf"(?<={LETTER}) (?=(?:{suffix}){AFTER})", ZWNJ, text)
