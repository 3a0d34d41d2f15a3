"""How far what was recognized is from what was said, in words or in symbols."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple


def edit_distance(reference: Sequence[Hashable], heard: Sequence[Hashable]) -> int:
    """Fewest substitutions, insertions and deletions that turn one into the other (Levenshtein 1966)."""
    from rapidfuzz.distance import Levenshtein  # here, as every training loads this module

    return Levenshtein.distance(reference, heard)


class ErrorRates(NamedTuple):
    """wrong: against what was said in the next utterance, a control that must be far above `all`."""

    all: float
    wrong: float
    languages: dict[str, float]


def error_rates(said: Sequence[str], heard: Sequence[str], languages: Sequence[str]) -> ErrorRates:
    """The error rates of utterances, each in its language."""
    by_language = {
        language: error_rate(
            [text for text, own in zip(said, languages, strict=True) if own == language],
            [text for text, own in zip(heard, languages, strict=True) if own == language],
        )
        for language in sorted(set(languages))
    }
    wrong = error_rate([*said[1:], *said[:1]], heard)
    return ErrorRates(error_rate(said, heard), wrong, by_language)


def error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Edits over symbols said, pooled over all utterances; may pass 1."""
    edits = sum(edit_distance(reference, found) for reference, found in zip(said, heard, strict=True))
    return edits / max(sum(map(len, said)), 1)
