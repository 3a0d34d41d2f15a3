"""A text without its markup: stretches that are each read in one way, and the pauses between them."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from xtts_jax.text.normalize.common import MARKS


class Way(Enum):
    TEXT = "normalized and phonemized"
    SYMBOLS = "symbols of the model, as they stand"
    IPA = "phonemes, for runs that read phonemes"
    LETTERS = "each sign by itself"


class Prosody(NamedTuple):
    """Relative to how the rest of the text is said."""

    rate: float = 1.0  # 2 is twice as fast
    semitones: float = 0.0
    decibels: float = 0.0
    hertz: float = 0.0  # the pitch itself, where it is not that of the voice
    hertz_up: float = 0.0

    def within(self, outer: "Prosody") -> "Prosody":
        pitch = Prosody() if self.hertz else outer
        return Prosody(
            self.rate * outer.rate,
            self.semitones + pitch.semitones,
            self.decibels + outer.decibels,
            self.hertz or outer.hertz,
            self.hertz_up + pitch.hertz_up,
        )


class Span(NamedTuple):
    written: str  # what a reader sees
    said: str  # what is spoken for it
    language: str
    way: Way = Way.TEXT
    prosody: Prosody = Prosody()

    @property
    def is_plain(self) -> bool:
        """Whether it is said as it is written, so that a part of it can be."""
        return self.way is Way.TEXT and self.said == self.written


class Pause(NamedTuple):
    mark: str = ""  # the least that the words before it end in
    usual_s: float = 0.0  # what its place in the text gives it
    asked_s: float = 0.0  # what the text asks for

    @property
    def seconds(self) -> float:
        return self.usual_s + self.asked_s

    def then(self, other: "Pause") -> "Pause":
        """Both, with no words between them."""
        mark = min(self.mark, other.mark, key=lambda mark: MARKS.index(mark) if mark else len(MARKS))
        return Pause(mark, max(self.usual_s, other.usual_s), self.asked_s + other.asked_s)


class Line(NamedTuple):
    spans: tuple[Span, ...]
    pause: Pause  # follows it


LINE_END, PARAGRAPH_END = Pause("."), Pause(".", usual_s=0.5)


def lines_of(events: Iterable[Span | Pause]) -> list[Line]:
    """The spans between pauses. The first line has none where the text begins with a pause."""
    lines: list[Line] = [Line((), Pause())]
    for event in events:
        spans, pause = lines[-1]
        if isinstance(event, Pause):
            lines[-1] = Line(spans, pause.then(event))
        elif not event.written.strip() and (pause != Pause() or not spans):
            continue
        elif pause != Pause():
            lines.append(Line((event,), Pause()))
        else:
            lines[-1] = Line(_joined(spans, event), pause)
    return lines


def _joined(spans: tuple[Span, ...], span: Span) -> tuple[Span, ...]:
    """Parts of a word that only markup separated are one again."""
    before = spans[-1] if spans else span
    if spans and before.is_plain and span.is_plain and before[2:] == span[2:]:
        whole = before.written + span.written
        return *spans[:-1], before._replace(written=whole, said=whole)
    return *spans, span


def written(spans: Iterable[Span]) -> str:
    return "".join(span.written for span in spans)


def cut(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """The part of `spans` from character `start` to `end` of what is written.

    What is not said as it is written belongs whole to the part in which it ends.
    """
    part: list[Span] = []
    begin = 0
    for span in spans:
        stop = begin + len(span.written)
        if span.is_plain:
            piece = span.written[max(0, start - begin) : max(0, end - begin)]
            part += [span._replace(written=piece, said=piece)] if piece else []
        elif start < stop <= end:
            part.append(span)
        begin = stop
    return tuple(part)
