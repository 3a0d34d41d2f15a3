"""What kind of values a column has."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from statistics import median

from xtts_jax.data.rows import EMOTIONS
from xtts_jax.text.languages import LANGUAGES, code_named, language_code

NOTHING, LANGUAGE, EMOTION, FLAG, GENDER = "nothing", "language", "emotion", "flag", "gender"
INTEGER, MEASURE, PHONEMES, WORDS = "integer", "measure", "phonemes", "words"

_OTHER_LANGUAGES = {"zh", "ja", "jp", "ko", "yue", "pl", "cs", "hu", "hi", "uk", "sv", "da", "fi", "el", "he"}
_OTHER_NAMES = {
    "chinese", "mandarin", "japanese", "korean", "cantonese", "polish", "czech", "hungarian", "hindi", "urdu",
    "ukrainian", "swedish", "danish", "finnish", "greek", "hebrew", "bengali", "romanian", "norwegian",
    "vietnamese",
}  # fmt: skip
_SETS = {"train", "training", "dev", "valid", "validation", "val", "eval", "test"}
_FLAGS = _SETS | {"true", "false", "yes", "no"}
_GENDERS = {"m", "f", "male", "female", "man", "woman"}
_IPA = re.compile("[\u0250-\u02af\u02c8\u02cc\u02d0]")
_GIVEN_PHONEMES = re.compile(r"\[\[.*?\]\]")
_TAG = re.compile(r"[a-z]{2,3}(?:[-_](?:[a-z]{2}|[a-z]{4}))*", re.IGNORECASE)
_INTEGER = re.compile(r"\d+")
_NUMBER = r"[-+]?\d[\d.,٫٬:/ e+-]*"  # numbers, dates and times
_UNIT = r"(?:s|sec|seconds|ms|min|h|hz|khz|db|kb|mb|%|z)?"
_MEASURE = re.compile(rf"{_NUMBER}(?:t{_NUMBER})?\s*{_UNIT}", re.IGNORECASE)
_DATE = re.compile(r"(?:\d{1,2}\.? [^\W\d]{3,10}|[^\W\d]{3,10}\.? \d{1,2}),? \d{4}")

LABEL_WORDS, LABEL_CHARACTERS = 3, 40  # the most that a name has
_MOST_DIFFERENT = 2 / 3  # values in a column of labels, as a share of its rows
_ALIKE = 0.4  # the likeness of two forms of a text; unrelated sentences stay below 0.3
_COMPARED = 100


def kind_of(column: Sequence[str]) -> str:
    """The kind of all values that are not empty; phonemes need not have letters of their own in each."""
    values = [value for value in column if value]
    if not values:
        return NOTHING
    tests: tuple[tuple[str, Callable[[str], object]], ...] = (
        (LANGUAGE, is_language),
        (EMOTION, lambda value: value.casefold() in EMOTIONS),
        (FLAG, lambda value: value.casefold() in _FLAGS),
        (GENDER, lambda value: value.casefold() in _GENDERS),
        (INTEGER, is_integer),
        (MEASURE, is_measure),
    )
    if 2 * sum(map(has_phonemes, values)) > len(values):
        return PHONEMES
    return next((kind for kind, test in tests if all(map(test, set(values)))), WORDS)


def is_language(value: str) -> bool:
    """Whether a value is a tag, or a name, of a language, whether or not the table has a row for it."""
    code = language_code(value)
    is_tag = code in LANGUAGES or code.partition("-")[0] in _OTHER_LANGUAGES
    is_name = bool(code_named(value)) or value.casefold() in _OTHER_NAMES
    return is_name or (is_tag and bool(_TAG.fullmatch(value)))


def is_set(value: str) -> bool:
    """Whether a value names a part of a corpus, such as `train`."""
    return value.casefold() in _SETS


def has_phonemes(value: str) -> bool:
    """Whether a text has letters that only the phonetic alphabet has, except between [[ and ]]."""
    return bool(_IPA.search(_GIVEN_PHONEMES.sub("", value)))


def is_integer(value: str) -> bool:
    return bool(_INTEGER.fullmatch(value))


def is_measure(value: str) -> bool:
    """Whether a value is a number, a date, a time or a quantity."""
    return bool(_MEASURE.fullmatch(value.strip()) or _DATE.fullmatch(value.strip()))


def repeats(column: Sequence[str]) -> bool:
    """Whether there are few different values for the number of rows."""
    values = [value for value in column if value]
    return len(set(values)) == 1 or len(set(values)) <= _MOST_DIFFERENT * len(values)


def is_label(column: Sequence[str]) -> bool:
    """Whether all values are short, and most occur again."""
    return repeats(column) and all(
        len(value.split()) <= LABEL_WORDS and len(value) <= LABEL_CHARACTERS for value in column
    )


def resemble(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two columns have forms of the same texts."""
    pairs = [(one, other) for one, other in zip(first, second, strict=True) if one and other]
    step = max(1, len(pairs) // _COMPARED)
    return bool(pairs) and median(likeness(one, other) for one, other in pairs[::step]) >= _ALIKE


def are_forms_of_one(first: str, second: str) -> bool:
    return likeness(first, second) >= _ALIKE


def spells_out(written: str, spoken: str) -> bool:
    """Whether the second of two forms has the words of the first in order, and words for its digits."""
    words = [word for word in _words(written) if not word.isdigit()]
    said = iter(_words(spoken))
    has_digits, digits_left = (any(map(str.isdigit, text)) for text in (written, spoken))
    return has_digits and not digits_left and all(word in said for word in words)


def likeness(first: str, second: str) -> float:
    """1 for texts of the same letters and digits; the share of equal words, or what equal letters say."""
    words = [_words(text) for text in (first, second)]
    letters = ["".join(each) for each in words]
    if letters[0] == letters[1]:
        return 1.0
    same_words = SequenceMatcher(None, *words, autojunk=False).ratio()
    if same_words > 1 / 2:
        return same_words
    return max(same_words, 2 * SequenceMatcher(None, *letters, autojunk=False).ratio() - 1)


def _words(text: str) -> list[str]:
    """Words without case, accents and vowel marks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))
