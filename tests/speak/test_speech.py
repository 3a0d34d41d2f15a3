"""Speech as a user has it in hand: its words, and its file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.errors import FieldError
from xtts_jax.speak.speech import Segment, Speech, Word
from xtts_jax.speak.words import Written

RATE, HOP = 16000, 160


def speech(peak: float, *segments: Segment) -> Speech:
    audio = np.linspace(-peak, peak, 60 * HOP, dtype=np.float32)
    return Speech(audio, np.zeros((60, 80), np.float32), RATE, segments, (), "", 0.01)


def test_words_are_those_of_all_segments_in_seconds() -> None:
    words = Written("I", 0, 2), Written("do.", 3, 5)
    first = Segment("I do.", "ai du", 0, np.array([1, 2, 3, 4, 5, 6, 4]), lambda: words)
    second = Segment("You?", "ju", 30, np.array([0, 10, 10, 5]), lambda: (Written("You?", 0, 2),))
    said = speech(0.5, first, second)
    assert said.frame_s == 0.01
    assert said.words == [
        Word("I", "ai", 0.01, 0.06),
        Word("do.", "du", 0.1, 0.21),
        Word("You?", "ju", 0.3, 0.5),
    ]


@pytest.mark.parametrize(("peak", "lowered_db"), [(0.5, 0.0), (1.0, 0.0), (2.0, 6.0206)])
def test_a_file_holds_the_speech_lowered_only_where_it_must_be(
    tmp_path: Path, peak: float, lowered_db: float
) -> None:
    said = speech(peak)
    path = tmp_path / "new" / "out.WAV"
    assert said.save(str(path)) == pytest.approx(lowered_db, abs=1e-3)
    audio, rate = soundfile.read(path)
    assert rate == RATE
    np.testing.assert_allclose(audio, said.audio / max(1, peak), atol=1e-4)


def test_a_file_of_another_format_says_who_spoke(tmp_path: Path) -> None:
    speech(0.5)._replace(spoken_by="anna").save(tmp_path / "out.flac", sample_rate=24000, bits=24)
    with soundfile.SoundFile(tmp_path / "out.flac") as file:
        assert (file.samplerate, file.subtype) == (24000, "PCM_24")
        assert file.comment == "Synthetic speech, spoken by anna and not by a person."


@pytest.mark.parametrize(("name", "right"), [("out.aac", "out.wav"), ("out", "out.wav"), ("a.b", "a.wav")])
def test_a_name_without_a_known_format_is_refused(name: str, right: str) -> None:
    with pytest.raises(FieldError, match=rf"^path must end in .*, such as {right}, not {name}\.$"):
        speech(0.5).save(name)


@pytest.mark.parametrize("name", ["", ".", "./"])
def test_a_place_without_a_name_is_no_file(name: str) -> None:
    with pytest.raises(FieldError, match=r"^path names no file\. Give one, such as speech\.wav\.$"):
        speech(0.5).save(name)
