"""Normalization of written text to spoken words: numbers, dates, money, abbreviations and signs."""

from xtts_jax.text.languages import get_language
from xtts_jax.text.normalize import english, persian
from xtts_jax.text.normalize.common import clean, tidy
from xtts_jax.text.normalize.numbers import expand_numbers
from xtts_jax.text.normalize.rulers import without_rulers


def normalize(text: str, language: str) -> str:
    """Words separated by single spaces, with the marks , . ? ! ; : … — in every script; case is kept.

    Other signs and emoji are dropped. Private-use code points, with which the front end marks overrides,
    are kept.
    """
    row = get_language(language)
    text = without_rulers(text)
    match row.code:
        case "en" | "en-gb":
            text = english.expand(clean(english.plain_signs(text)), row)
        case "fa":
            text = persian.expand(clean(persian.spell_true_signs(text)), row)
        case _:
            text = clean(text)
    return tidy(expand_numbers(text, row))
