"""A text in pieces that are each spoken in one go, and the pauses between them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import NamedTuple

from xtts_jax.text.normalize.common import MARKS
from xtts_jax.text.sentences import borders, ends_sentence
from xtts_jax.text.spans import Line, Prosody, Span, cut, written

LONGEST_PIECE = 200  # characters
PAUSE_S = 0.15  # between pieces of a text that asks for no other pause

Spans = tuple[Span, ...]
_LEADING_MARKS = re.compile(r"[^\w\s]+(?=\s|$)")
_SPACE = Span(" ", " ", "")


class Piece(NamedTuple):
    spans: Spans  # all said with one prosody
    pause_s: float  # after it


@dataclass
class _Stretch:
    """Lines of one prosody, without a pause that is longer than a full stop's."""

    lines: list[Spans]
    pause_s: float = 0.0


def split_lines(lines: Sequence[Line], language: str) -> list[Piece]:
    """Pieces of at most about LONGEST_PIECE characters: whole sentences, else clauses, else words.

    Words of another language than `language` are not cut if there are few of them.
    """
    pieces: list[Piece] = []
    for stretch in _stretches(lines):
        *others, last = stretch.lines
        spaced = [
            (*line, _SPACE._replace(language=line[0].language, prosody=line[0].prosody)) for line in others
        ]
        parts = [part for packed in _pack([*spaced, last]) for part in _short(packed, language)]
        pauses = [PAUSE_S] * (len(parts) - 1) + [stretch.pause_s]
        pieces += map(Piece, parts, pauses)
    if pieces:
        pieces[-1] = pieces[-1]._replace(pause_s=lines[-1].pause.asked_s)
    return pieces


def _stretches(lines: Iterable[Line]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    goes_on = False
    for spans, pause in lines:
        for group in _by_prosody(_ended(spans, pause.mark)):
            if goes_on and stretches[-1].lines[0][0].prosody == group[0].prosody:
                stretches[-1].lines.append(group)
            else:
                stretches.append(_Stretch([group]))
            goes_on = False
            stretches[-1].pause_s = PAUSE_S if ends_sentence(written(group)) else 0.0
        goes_on = not pause.seconds
        stretches[-1].pause_s = pause.seconds or PAUSE_S
    return stretches


def _ended(spans: Spans, mark: str) -> Spans:
    """The line with at least `mark` at its end; a reader does not see the mark."""
    said, last = "".join(span.said for span in spans).rstrip(), spans[-1]
    if not mark or (ends_sentence(said) if mark == "." else said.endswith((*MARKS, "؟", "،", "؛"))):
        return spans
    return *spans, Span("", mark, last.language, prosody=last.prosody)


def _by_prosody(spans: Spans) -> Iterator[Spans]:
    """Parts of one prosody; marks keep that of the words before them."""
    prosody = next((span.prosody for span in spans if _has_words(span)), Prosody())
    steady = []
    for span in chain.from_iterable(map(_marks_apart, spans)):
        prosody = span.prosody if _has_words(span) else prosody
        steady.append(span._replace(prosody=prosody))
    for _, group in groupby(steady, key=lambda span: span.prosody):
        yield tuple(group)


def _marks_apart(span: Span) -> Spans:
    """The span in two where it begins with marks."""
    marks = _LEADING_MARKS.match(span.written) if span.is_plain else None
    return (*cut([span], 0, marks.end()), *cut([span], marks.end(), len(span.written))) if marks else (span,)


def _has_words(span: Span) -> bool:
    return any(character.isalnum() for character in span.said)


def _short(spans: Spans, language: str, kind: int = 0) -> Iterator[Spans]:
    """The parts of a piece that is too long, cut where that is least audible."""
    text = written(spans)
    kinds = borders(text) if len(text) > LONGEST_PIECE else []
    if kind >= len(kinds) or len(text.strip()) <= LONGEST_PIECE:
        yield spans
        return
    whole = _whole(spans, language)
    places = [at for at in kinds[kind] if not any(start < at < end for start, end in whole)]
    parts = [cut(spans, start, end) for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    for part in _pack(parts):
        yield from _short(part, language, kind + 1)


def _whole(spans: Spans, language: str) -> list[tuple[int, int]]:
    """From where to where what is not cut is written, such as words of another language."""
    found, start = [], 0
    for span in spans:
        end = start + len(span.written)
        if not span.is_plain or (span.language != language and len(span.written) <= LONGEST_PIECE):
            found.append((start, end))
        start = end
    return found


def _pack(parts: Iterable[Spans]) -> list[Spans]:
    """Neighbors joined again as long as they stay short enough."""
    packed: list[Spans] = []
    for part in parts:
        if packed and len(written(packed[-1] + part).strip()) <= LONGEST_PIECE:
            packed[-1] += part
        else:
            packed.append(part)
    return packed
