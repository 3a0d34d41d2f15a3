"""The rules for English, one module for each kind; each turns what is written into what is said.

A rule leaves numbers in digits where it can ("-$20" becomes "-20 dollars"), so that the rules after it for
ranges, minus and fractions apply to all kinds of amounts. `expand_numbers` spells the digits at the end.
"""

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.abbreviations import expand_abbreviations
from xtts_jax.text.normalize.english.addresses import speak_addresses
from xtts_jax.text.normalize.english.capitals import calm_shouting, separate_letters
from xtts_jax.text.normalize.english.dates import speak_dates
from xtts_jax.text.normalize.english.digits import spell_identifiers
from xtts_jax.text.normalize.english.grouping import ungroup
from xtts_jax.text.normalize.english.mathematics import speak_formulas, speak_operators
from xtts_jax.text.normalize.english.money import speak_money
from xtts_jax.text.normalize.english.plurals import speak_plurals
from xtts_jax.text.normalize.english.ranges import (
    plain_fractions,
    speak_fractions,
    speak_ordinals,
    speak_ranges,
)
from xtts_jax.text.normalize.english.roman import speak_roman_numerals
from xtts_jax.text.normalize.english.signs import plain_signs, speak_signs
from xtts_jax.text.normalize.english.times import speak_times
from xtts_jax.text.normalize.english.units import speak_units
from xtts_jax.text.normalize.english.years import speak_years

__all__ = ["expand", "plain_signs"]

# Years come before thousands separators are removed: 1,999 is a count, 1999 a year.
_RULES = (
    speak_addresses, calm_shouting, expand_abbreviations, speak_roman_numerals, speak_dates, speak_times,
    spell_identifiers, speak_years, speak_plurals, plain_fractions, ungroup, speak_money, speak_units,
    speak_formulas, speak_ranges, speak_fractions, speak_ordinals, speak_operators, speak_signs,
    separate_letters,
)  # fmt: skip


def expand(text: str, row: Language) -> str:
    """Applies the rules that are specific to English; `expand_numbers` does the rest."""
    for rule in _RULES:
        text = rule(text, row)
    return text
