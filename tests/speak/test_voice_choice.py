"""The rules between the fields of a voice."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from xtts_jax.errors import FieldError
from xtts_jax.speak.voice_choice import OWN_VOICE, VoiceChoice, VoiceFields, is_profile

TWO = {"references": ["a.wav", "b.wav"]}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (TWO | {"speaker": "s0"}, "{references} and {speaker} exclude each other"),
        (TWO | {"shares": [1, 2], "speaker": "s0"}, "{shares} and {speaker} exclude each other"),
        (TWO | {"shares": [1, 2], "words": ["x", "y"]}, "{shares} and {words} exclude each other"),
        (
            {"style_references": ["a.wav"], "style_weights": [1.0]},
            "{style_references} and {style_weights} exclude each other",
        ),
        ({"emotion": "sad", "style_references": ["a.wav"]}, "{emotion} and {style_references} exclude"),
        ({"emotion": "sad", "style_weights": [1.0]}, "{emotion} and {style_weights} exclude each other"),
        (TWO | {"shares": [1]}, "{shares} takes one number for each of {references}, not 1 for 2"),
        ({"shares": [1]}, "{shares} takes one number for each of {references}, not 1 for 0"),
        (TWO | {"shares": [1, 0]}, "{shares} takes finite numbers above 0, not 0"),
        (TWO | {"shares": [float("inf"), 1]}, "{shares} takes finite numbers above 0, not inf"),
        (TWO | {"shares": [1, float("nan")]}, "{shares} takes finite numbers above 0, not nan"),
        ({"words": ["x"]}, "{words} is what the recordings of {references} say: give these as well"),
        ({"words": ["x"], "speaker": "s0"}, "{words} is what the recordings of {references} say"),
        (TWO | {"words": ["x"]}, "{words} takes one text for each of {references}"),
        (TWO | {"words_language": "en"}, "{words_language} is the language of {words}: give these as well"),
        ({"denoise": True}, "{denoise} is for recordings: give some with {references} or {style_references}"),
        ({"denoise": True, "references": ["a.npz", Path("b.npz")]}, "A saved voice holds no sound"),
        ({"strength": 3.5}, "{strength} must be between 0 and 3, not 3.5"),
        ({"strength": -0.1}, "{strength} must be between 0 and 3, not -0.1"),
        ({"colour": 2}, "{colour} must be between 0 and 1, not 2"),
        ({"colour": float("nan")}, "{colour} must be between 0 and 1, not nan"),
        ({"style_weights": [1, -11]}, "{style_weights} takes numbers between -10 and 10, not -11"),
        ({"style_weights": [float("nan")]}, "{style_weights} takes numbers between -10 and 10, not nan"),
        ({"references": "a.wav"}, "{references} must be a list, such as ['a.wav']."),
        ({"style_references": Path("a.wav")}, "{style_references} must be a list, such as ['a.wav']."),
        (TWO | {"words": "x y"}, "{words} must be a list, such as ['x y']."),
    ],
)
def test_what_cannot_be_asked_for_names_its_fields(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(FieldError) as caught:
        VoiceChoice(**given)
    assert problem in caught.value.named(lambda field: f"{{{field}}}")


@pytest.mark.parametrize(
    "given",
    [
        TWO,
        TWO | {"shares": [0.1, 5]},
        TWO | {"words": ["x", "y"], "words_language": "en"},
        TWO | {"emotion": "sad"},
        {"references": ["a.npz", "b.wav"], "denoise": True},
        {"speaker": "s0", "style_references": ["b.wav"], "denoise": True},
        {"strength": 3, "colour": 0},
        {"strength": 0, "colour": 1, "style_weights": [-10, 10]},
    ],
)
def test_what_can_be_asked_for_is_kept(given: dict[str, Any]) -> None:
    choice = VoiceChoice(**given)
    assert choice != OWN_VOICE
    for name, value in given.items():
        kept = getattr(choice, name)
        assert [*map(str, kept)] == [*map(str, value)] if isinstance(value, list) else kept == value


def test_choices_are_compared_by_what_they_say() -> None:
    one, other = VoiceChoice(["a.wav"], [2.0]), VoiceChoice((Path("a.wav"),), (2.0,))
    assert one == other and len({one, other}) == 1


def test_keyword_arguments_have_the_types_of_the_fields() -> None:
    assert VoiceFields.__annotations__ == {field.name: field.type for field in fields(VoiceChoice)}


def test_a_saved_voice_is_told_from_a_recording_by_its_name() -> None:
    assert is_profile("mine.npz") and is_profile(Path("a/mine.npz")) and not is_profile("npz.wav")
