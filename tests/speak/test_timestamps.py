"""When each word is said, for durations worked out by hand."""

import numpy as np
import pytest

from xtts_jax.speak import timestamps
from xtts_jax.speak.speech import Segment, Speech
from xtts_jax.speak.words import Written


def speech(*segments: Segment) -> Speech:
    """A hundred frames a second."""
    frames = segments[-1].start_frame + int(segments[-1].durations.sum())
    return Speech(np.zeros(frames * 160, np.float32), np.zeros((frames, 80)), 16000, segments, (), "", 0.01)


WORDS = Written("Hi,", 0, 2), Written("you.", 3, 5)
HELLO = Segment("Hi, you.", "ha ju", 0, np.array([5, 10, 20, 3, 7, 15, 40]), lambda: WORDS)


def test_words_and_symbols_span_their_tokens() -> None:
    (segment,) = timestamps.to_json(speech(HELLO))
    assert segment["text"] == "Hi, you."
    assert (segment["start_s"], segment["end_s"]) == (0.0, 1.0)
    assert segment["words"] == [
        {"text": "Hi,", "symbols": "ha", "start_s": 0.05, "end_s": 0.35},
        {"text": "you.", "symbols": "ju", "start_s": 0.38, "end_s": 0.6},
    ]
    assert [symbol["symbol"] for symbol in segment["symbols"]] == list("ha ju")
    assert segment["symbols"][0] == {"symbol": "h", "start_s": 0.05, "end_s": 0.15}
    ends = [symbol["end_s"] for symbol in segment["symbols"]]
    assert ends[:-1] == [symbol["start_s"] for symbol in segment["symbols"][1:]]


def test_later_segments_start_where_they_are_heard() -> None:
    later = Segment("Bye.", "ba", 115, np.array([5, 10, 20, 5]), lambda: (Written("Bye.", 0, 2),))
    _, second = timestamps.to_json(speech(HELLO, later))
    assert (second["start_s"], second["end_s"]) == (1.15, 1.55)
    assert second["words"] == [{"text": "Bye.", "symbols": "ba", "start_s": 1.2, "end_s": 1.5}]


@pytest.mark.parametrize(("text", "shown"), [("a --> b", "a → b"), ("a ---> b -> c", "a → b -> c")])
def test_the_arrow_of_subtitles_is_not_in_their_text(text: str, shown: str) -> None:
    lines = timestamps.to_srt(speech(HELLO._replace(text=text))).splitlines()
    assert lines[2] == shown and "-->" in lines[1]


def test_subtitles_are_numbered_cues() -> None:
    late = Segment("Spät.", "ʃ", 366_150, np.array([1, 1, 1]))  # 1 h 1 min 1.5 s
    assert timestamps.to_srt(speech(HELLO, late)) == (
        "1\n00:00:00,000 --> 00:00:01,000\nHi, you.\n\n2\n01:01:01,500 --> 01:01:01,530\nSpät.\n"
    )
