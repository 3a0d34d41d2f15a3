"""Words in scripts that a language does not write, and the languages that write them."""

import unicodedata
from collections.abc import Callable, Iterable

from xtts_jax.text.languages import Language, get_language
from xtts_jax.text.normalize.common import COMBINING, ZWNJ
from xtts_jax.text.patterns import sub

# Letters that only one of the languages of a script writes.
_TELLING = {"fa": "پچژگکی", "ar": "ةيكىأإؤ"}


def replace_foreign(text: str, language: Language, spoken: Callable[[str, str], str]) -> str:
    """The text with each phrase in another script than the language's replaced by `spoken(words, script)`.

    Latin words are read in every language, and a single Greek letter is a sign.
    """
    for script in sorted({script_of(letter) for letter in text} - {"", "LATIN", language.script}):
        letters = "".join({letter for letter in text if script_of(letter) == script})
        least = "{2,}" if script == "GREEK" else "+"
        word = rf"[{letters}{COMBINING}{ZWNJ}]{least}"
        phrase = rf"(?=[{letters}]){word}(?: +(?=[{letters}]){word})*"
        text = sub(phrase, lambda match, script=script: spoken(match.group(), script), text)
    return text


def script_of(character: str) -> str:
    """How the Unicode names of the script's letters begin, such as CYRILLIC; "" for what is no letter."""
    plain = unicodedata.normalize("NFKC", character)[:1]
    return unicodedata.name(plain, "").split(" ")[0] if plain.isalpha() else ""


def language_of(words: str, script: str, languages: Iterable[str]) -> str:
    """The one of the languages that writes the words; "" if none does."""
    writing = [code for code in languages if get_language(code).script == script]
    told = [code for code in writing if set(words) & set(_TELLING.get(code, ""))]
    return next(iter(told + writing), "")
