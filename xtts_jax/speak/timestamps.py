"""When each word is said, as JSON and as SRT subtitles, from the durations of synthesis."""

import re
from typing import Any

from xtts_jax.speak.speech import Segment, Speech


def to_json(speech: Speech) -> list[dict[str, Any]]:
    """Segments with their text, their words and every symbol, each with start_s and end_s."""
    return [_segment(segment, speech.frame_s) for segment in speech.segments]


def to_srt(speech: Speech) -> str:
    """One subtitle for each segment."""
    cues = []
    for number, segment in enumerate(speech.segments, start=1):
        start_s, end_s = segment.span(0, len(segment.durations), speech.frame_s)
        cues.append(f"{number}\n{_clock(start_s)} --> {_clock(end_s)}\n{_shown(segment.text)}\n")
    return "\n".join(cues)


def _shown(text: str) -> str:
    """Without the sign between the times of a subtitle, which programs look for."""
    return re.sub("-{2,}>", "→", text)


def _segment(segment: Segment, frame_s: float) -> dict[str, Any]:
    symbols = [
        {"symbol": symbol, **_times(*segment.span(i, i + 1, frame_s))}
        for i, symbol in enumerate(segment.symbols, start=1)
    ]
    return {
        "text": segment.text,
        **_times(*segment.span(0, len(segment.durations), frame_s)),
        "words": [word._asdict() for word in segment.words(frame_s)],
        "symbols": symbols,
    }


def _times(start_s: float, end_s: float) -> dict[str, float]:
    return {"start_s": start_s, "end_s": end_s}


def _clock(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d},{milliseconds % 1000:03d}"
