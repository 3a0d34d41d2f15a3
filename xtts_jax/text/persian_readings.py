"""Persian words and phrases that espeak-ng misreads, and the "and" of numbers, which is said as o."""

import re
from collections.abc import Callable

from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE
from xtts_jax.text.normalize.persian.number_words import ANY_NUMBER, LARGE_NUMBER, ORDINAL

_READINGS = {
    "یورو": "juro",
    "یوروی": "juroje",
    "یورویی": "juroji",
    "یورو ها": "jurohɑ",
    "یورو های": "jurohɑje",
    "کدپستی": "kodposti",
    "صلی الله علیه و آله و سلم": "sallallɑho alajhe va ɑlehi va sallam",
    "صلی الله علیه و سلم": "sallallɑho alajhe va sallam",
    "صلی الله علیه و آله": "sallallɑho alajhe va ɑleh",
    "علیه السلام": "alajhessalɑm",
    "علیها السلام": "alajhassalɑm",
    "علیهم السلام": "alajhemossalɑm",
    "سلام الله علیها": "salɑmollɑhe alajhɑ",
    "رحمت الله علیه": "rahmatollɑhe alajh",
    "رحمه الله علیه": "rahmatollɑhe alajh",
    "رضی الله عنه": "razijallɑho anh",
    "عجل الله تعالی فرجه": "addʒalallɑho taʔɑlɑ faradʒah",
    "قدس سره": "ɢoddesa serroh",
}
_PHRASE = "|".join(phrase.replace(" ", f"[ {ZWNJ}]") for phrase in _READINGS)
_AND = rf"({LARGE_NUMBER}) و (?=(?:{ORDINAL}|{ANY_NUMBER})(?:{AFTER}|{ZWNJ}))"
_FOUND = re.compile(rf"{BEFORE}(?:({_PHRASE}){AFTER}|{_AND})")


def read(words: str, otherwise: Callable[[str], str]) -> str:
    """The phonemes of words without marks; `otherwise` gives those of what is not in the table."""
    said, at = [], 0
    for match in _FOUND.finditer(words):
        phrase, number = match.groups()
        said.append(otherwise(words[at : match.start()]))
        said.append(_READINGS[phrase.replace(ZWNJ, " ")] if phrase else f"{otherwise(number)} o")
        at = match.end()
    return " ".join(filter(None, (*said, otherwise(words[at:]))))
