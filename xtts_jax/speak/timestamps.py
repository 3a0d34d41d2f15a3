"""When each word is said, as JSON and as SRT subtitles, from the durations of synthesis."""

from typing import Any

import numpy as np

from xtts_jax.config import Audio
from xtts_jax.speak.synthesizer import Segment, Speech


def to_json(speech: Speech, settings: Audio) -> list[dict[str, Any]]:
    """Segments with their text, their words and every symbol, each with start_s and end_s."""
    return [_segment(segment, settings) for segment in speech.segments]


def to_srt(speech: Speech, settings: Audio) -> str:
    """One subtitle a segment."""
    cues = []
    for number, segment in enumerate(speech.segments, start=1):
        span = _span(segment, 0, len(segment.durations), settings)
        cues.append(f"{number}\n{_clock(span['start_s'])} --> {_clock(span['end_s'])}\n{segment.text}\n")
    return "\n".join(cues)


def _segment(segment: Segment, settings: Audio) -> dict[str, Any]:
    symbols = [
        {"symbol": symbol, **_span(segment, i, i + 1, settings)}
        for i, symbol in enumerate(segment.symbols, start=1)
    ]
    words, first = [], 0
    for word in segment.symbols.split(" "):
        if word:
            words.append({"symbols": word, **_span(segment, first + 1, first + 1 + len(word), settings)})
        first += len(word) + 1
    return {
        "text": segment.text,
        **_span(segment, 0, len(segment.durations), settings),
        "words": words,
        "symbols": symbols,
    }


def _span(segment: Segment, first: int, end: int, settings: Audio) -> dict[str, float]:
    """Seconds from the first of some tokens to the last of them."""
    borders = segment.start_frame + np.concatenate([[0], np.cumsum(segment.durations)])
    return {
        "start_s": round(settings.seconds(int(borders[first])), 4),
        "end_s": round(settings.seconds(int(borders[end])), 4),
    }


def _clock(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d},{milliseconds % 1000:03d}"
