"""The rules for Persian: letters, joins, abbreviations, addresses, dates, codes, signs, money and units.

Phrases that a rule generates include the ezafe (پانزدهمِ اردیبهشتِ), which would not be spoken otherwise.
What the user wrote keeps its spelling, except for نه where it is the number nine, which becomes نُه.
"""

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import ungroup
from xtts_jax.text.normalize.persian.abbreviations import expand_abbreviations
from xtts_jax.text.normalize.persian.addresses import expand_addresses
from xtts_jax.text.normalize.persian.codes import expand_codes
from xtts_jax.text.normalize.persian.dates import expand_dates
from xtts_jax.text.normalize.persian.dialed import expand_dialed
from xtts_jax.text.normalize.persian.groups import join_groups
from xtts_jax.text.normalize.persian.letters import join_affixes, unify_letters
from xtts_jax.text.normalize.persian.measures import expand_areas, expand_money, expand_units
from xtts_jax.text.normalize.persian.number_words import join_plurals, separate_number_words, vowel_nine
from xtts_jax.text.normalize.persian.roman import expand_roman
from xtts_jax.text.normalize.persian.scores import expand_scores
from xtts_jax.text.normalize.persian.signs import (
    expand_arithmetic,
    expand_minus,
    expand_signs,
    spell_true_signs,
)
from xtts_jax.text.normalize.persian.slashes import expand_slashes
from xtts_jax.text.normalize.persian.times import expand_times

_RULES = (
    expand_areas, expand_abbreviations, expand_addresses, expand_roman, ungroup, join_groups, expand_dates,
    expand_times, expand_dialed, expand_codes, expand_scores, expand_arithmetic, expand_minus, expand_money,
    expand_slashes, expand_units, expand_signs, join_plurals,
)  # fmt: skip


__all__ = ["expand", "spell_true_signs"]


def expand(text: str, row: Language) -> str:
    """Applies the rules that are specific to Persian; `expand_numbers` does the rest."""
    text = unify_letters(text)
    for rule in _RULES:
        text = rule(text, row)
    return vowel_nine(separate_number_words(join_affixes(text)))
