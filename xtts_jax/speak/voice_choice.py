"""Which voice to speak in, and in which style: what a user asks for, and the rules of asking."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from xtts_jax.errors import FieldError, did_you_mean

PROFILE_SUFFIX = ".npz"
MOST_STRENGTH = 3
MOST_WEIGHT = 10  # for a style token, up or down

_LISTS = ("references", "style_references", "words", "shares", "style_weights")
_EXCLUDING = (
    ("shares", "speaker"),
    ("shares", "words"),
    ("references", "speaker"),
    ("style_references", "style_weights"),
    ("emotion", "style_references"),
    ("emotion", "style_weights"),
)


@dataclass(frozen=True)
class VoiceChoice:
    """A voice and its style; with no field given, the run's own speaker of the language.

    Raises `FieldError` for fields that exclude each other, lack another one, or are out of range. What needs
    the run or the recordings to judge, a `VoiceChooser` checks.
    """

    references: Sequence[str | Path] = ()  # recordings or voice profiles; lists are kept as tuples
    shares: Sequence[float] = ()  # how much of the voice each reference has, in any unit; empty: equal shares
    words: Sequence[str] = ()  # what each reference says: the voice is fitted to them
    words_language: str = ""  # the language of the words; "": that of the text to speak
    speaker: str = ""  # one of the training set, in place of references
    style_references: Sequence[str | Path] = ()  # recordings or profiles whose style replaces the voice's
    style_weights: Sequence[float] = ()  # one for each style token of the run, in place of style references
    emotion: str = ""  # one that the run knows, in place of either
    denoise: bool = False  # take noise out of the recordings given, never out of the run's own
    strength: float = 1.0  # how much the voice counts: 0 is nobody's, 1 as it is, above exaggerates
    colour: float = 1.0  # how far speech takes on the average spectrum of the voice's recording, 0 to 1

    def __post_init__(self) -> None:
        self._keep_lists()
        for one, other in _EXCLUDING:
            if getattr(self, one) and getattr(self, other):
                raise FieldError(f"{{{one}}} and {{{other}}} exclude each other: leave one out.")
        self._check_shares()
        self._check_words()
        self._check_ranges()
        if self.denoise and all(map(is_profile, (*self.references, *self.style_references))):
            raise FieldError(
                "{denoise} is for recordings: give some with {references} or {style_references}, or leave it "
                "out. A saved voice holds no sound."
            )

    def _keep_lists(self) -> None:
        """As tuples, so that nobody changes them later and choices can be compared."""
        for field in _LISTS:
            value = getattr(self, field)
            if isinstance(value, str | Path):
                raise FieldError(f"{{{field}}} must be a list, such as [{{value!r}}].", value=str(value))
            of_paths = field in ("references", "style_references")
            object.__setattr__(self, field, tuple(map(Path, value) if of_paths else value))

    def _check_shares(self) -> None:
        if not self.shares:
            return
        if len(self.shares) != len(self.references):
            raise FieldError(
                "{shares} takes one number for each of {references}, not {given} for {needed}.",
                given=len(self.shares),
                needed=len(self.references),
            )
        for share in self.shares:
            if not 0 < share < math.inf:
                raise FieldError("{shares} takes finite numbers above 0, not {share}.", share=share)

    def _check_words(self) -> None:
        if self.words_language and not self.words:
            raise FieldError("{words_language} is the language of {words}: give these as well.")
        if self.words and not self.references:
            raise FieldError("{words} is what the recordings of {references} say: give these as well.")
        if self.words and len(self.words) != len(self.references):
            raise FieldError(
                "{words} takes one text for each of {references}, in the same order and each in quotes, not "
                "{given} for {needed}.",
                given=len(self.words),
                needed=len(self.references),
            )

    def _check_ranges(self) -> None:
        for field, most in (("strength", MOST_STRENGTH), ("colour", 1)):
            value = getattr(self, field)
            if not 0 <= value <= most:
                raise FieldError(
                    f"{{{field}}} must be between 0 and {{most}}, not {{value}}.", most=most, value=value
                )
        for weight in self.style_weights:
            if not abs(weight) <= MOST_WEIGHT:
                raise FieldError(
                    "{style_weights} takes numbers between -{most} and {most}, not {weight}.",
                    most=MOST_WEIGHT,
                    weight=weight,
                )


class VoiceFields(TypedDict, total=False):
    """The fields of a `VoiceChoice`, as keyword arguments."""

    references: Sequence[str | Path]
    shares: Sequence[float]
    words: Sequence[str]
    words_language: str
    speaker: str
    style_references: Sequence[str | Path]
    style_weights: Sequence[float]
    emotion: str
    denoise: bool
    strength: float
    colour: float


OWN_VOICE = VoiceChoice()


def require_known(given: Iterable[str], *others: str) -> None:
    """`TypeError` for a name that is no field of `VoiceFields`; `others` may have been meant too."""
    known = VoiceFields.__annotations__
    for name in given:
        if name not in known:
            raise TypeError(f"There is no option {name!r}.{did_you_mean(name, [*known, *others])}")


def is_profile(path: str | Path) -> bool:
    """Whether it names a saved voice; everything else is a recording."""
    return Path(path).suffix == PROFILE_SUFFIX
