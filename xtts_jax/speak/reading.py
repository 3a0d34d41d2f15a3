"""A text as what is spoken: pieces with their symbols and pauses."""

from collections.abc import Iterable, Sequence
from itertools import pairwise, starmap
from typing import NamedTuple

from xtts_jax.errors import TextError, WordlessError, notify
from xtts_jax.speak.context import ending
from xtts_jax.speak.pieces import PAUSE_S, Piece, split_lines
from xtts_jax.speak.spelling import Speller, Spelt
from xtts_jax.speak.words import Written, written_words
from xtts_jax.text.markup import parse
from xtts_jax.text.spans import PARAGRAPH_END, Line, Prosody, Span, written


class Saying(NamedTuple):
    """A piece of a text."""

    text: str  # without markup
    spans: Sequence[Span]
    spelt: Spelt
    language: str
    prosody: Prosody
    pause_s: float  # after it
    after: str = ""  # the symbols that it goes on from, within a paragraph

    def words(self, spell: Speller) -> tuple[Written, ...]:
        """Its written words, and where in the symbols they are said."""
        return written_words(
            self.spans, self.spelt.symbols, lambda part: spell.known_symbols(part, self.language)
        )


class Reading(NamedTuple):
    lead_s: float  # the pause before the first piece
    sayings: list[Saying]


def read(text: str, language: str, known: Sequence[str], spell: Speller) -> Reading:
    """known: the languages of the run. What cannot be said is left out with a `UserNotice` that names it.

    Raises `TextError` if nothing is left, or for markup that is not closed.
    """
    marked = parse(text, language)
    if marked.unknown:
        _notice(f"markup that is not known is left out: {', '.join(marked.unknown)}.")
    lines = [line for line in marked.lines if line.spans]
    have_words = [_have_words(line.spans, language, spell) for line in lines]
    if not any(have_words):
        raise WordlessError(text)
    lead_s = 0.0 if marked.lines[0].spans else marked.lines[0].pause.asked_s
    pieces = split_lines(_without_separators(lines, have_words), language)
    return Reading(lead_s, _sayings(pieces, language, known, spell))


def _have_words(spans: Sequence[Span], language: str, spell: Speller) -> bool:
    return _have_letters(spans) or bool(spell.known_symbols(spans, language))


def _have_letters(spans: Iterable[Span]) -> bool:
    return any(character.isalnum() for span in spans for character in span.said)


def _without_separators(lines: Iterable[Line], have_words: Iterable[bool]) -> list[Line]:
    """The lines that have words; any other makes the pause between those around it longer."""
    kept: list[Line] = []
    for line, has_words in zip(lines, have_words, strict=True):
        if has_words:
            kept.append(line)
            continue
        _notice(f"{_shown(line.spans)!r} has no words and is left out.")
        if kept:
            spans, pause = kept[-1]
            kept[-1] = Line(spans, pause.then(PARAGRAPH_END).then(line.pause))
    return kept


def _sayings(pieces: Iterable[Piece], language: str, known: Sequence[str], spell: Speller) -> list[Saying]:
    """What can be said of the pieces. Raises the problem of the first if that is nothing."""
    sayings: list[Saying] = []
    problems: list[tuple[str, TextError]] = []
    for spans, pause_s in pieces:
        text, code = _shown(spans), _language_of(spans, language, known)
        try:
            spelt = spell(spans, code)
        except TextError as problem:
            problems.append((text, problem))
            continue
        sayings.append(Saying(text, spans, spelt, code, spans[0].prosody, pause_s))
    if not sayings:
        raise problems[0][1]
    for text, problem in problems:
        _notice(f"{text!r} is left out. {problem.named('the {}'.format)}")
    return [sayings[0], *starmap(_going_on, pairwise(sayings))]


def _going_on(before: Saying, saying: Saying) -> Saying:
    alike = (before.language, before.prosody) == (saying.language, saying.prosody)
    goes_on = alike and before.pause_s <= PAUSE_S
    return saying._replace(after=ending(before.spelt.symbols)) if goes_on else saying


def _language_of(spans: Sequence[Span], language: str, known: Sequence[str]) -> str:
    """The language of all words of a piece, if they are of one that the run has learned; else `language`."""
    codes = {span.language for span in spans if _have_letters([span])}
    return codes.pop() if len(codes) == 1 and codes <= {*known} else language


def _shown(spans: Iterable[Span]) -> str:
    return " ".join(written(spans).split())


def _notice(sentence: str) -> None:
    notify(sentence, stacklevel=2)
