"""Written text to spoken words: numbers, dates, money, abbreviations and signs spelt out."""

from xtts_jax.text.languages import get_language
from xtts_jax.text.normalize import english, persian
from xtts_jax.text.normalize.common import clean, tidy
from xtts_jax.text.normalize.numbers import expand_numbers


def normalize(text: str, language: str) -> str:
    """Words, single spaces and the marks , . ? ! ; : … — (ASCII in every script); case is kept.

    Other signs and emoji have no sound and are left out; code points of the private use area pass
    through untouched (the front end marks overrides with them).
    """
    row = get_language(language)
    text = clean(text)
    match row.code:
        case "en" | "en-gb":
            text = english.expand(text, row)
        case "fa":
            text = persian.expand(text, row)
    return tidy(expand_numbers(text, row))
