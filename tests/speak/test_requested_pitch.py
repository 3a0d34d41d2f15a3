"""How much pitch to ask of a decoder, on decoders made up for it."""

import math

import numpy as np
import pytest

from xtts_jax.speak.requested_pitch import CLOSE, semitones, shift_to_ask, shift_to_hertz


def pulses(hz: float) -> np.ndarray:
    times = np.arange(22050) / 22050
    return sum(np.sin(2 * np.pi * n * hz * times) for n in range(1, 10)).astype(np.float32)


@pytest.mark.parametrize("wanted", [-6.0, -1.0, 0.5, 3.0, 12.0])
@pytest.mark.parametrize("share", [0.5, 0.7, 1.0, 1.6])
def test_what_a_decoder_leaves_undone_is_asked_in_addition(wanted: float, share: float) -> None:
    def measure(asked: float) -> float:
        return 40 + share * asked + 0.1 * math.sin(asked)  # higher than its share by chance

    assert measure(shift_to_ask(wanted, measure)) - measure(0) == pytest.approx(wanted, abs=CLOSE)


def test_a_decoder_that_is_exact_is_asked_once() -> None:
    asked = []
    assert shift_to_ask(3.0, lambda shift: asked.append(shift) or shift) == 3.0
    assert asked == [0.0, 3.0]


def test_the_nearest_try_is_kept_where_none_is_near() -> None:
    measured = {0.0: 0.0, 3.0: 1.0}
    assert shift_to_ask(3.0, lambda shift: measured.get(shift, 9.0)) == 3.0


@pytest.mark.parametrize("stubborn", [0.0, 0.05, -0.05, math.nan])
def test_a_decoder_that_does_not_follow_is_asked_what_was_wanted(stubborn: float) -> None:
    asked = []
    assert shift_to_ask(-2.0, lambda shift: asked.append(shift) or stubborn * shift) == -2.0
    assert asked == [0.0, -2.0]


def test_semitones_are_those_of_the_sound(tiny_config) -> None:
    audio = tiny_config.audio
    low, high, silence = pulses(110), pulses(220), np.zeros(22050, np.float32)
    assert semitones(high, audio) - semitones(low, audio) == pytest.approx(12, abs=0.1)
    assert semitones(low, audio) == pytest.approx(12 * math.log2(110), abs=0.1)
    assert math.isnan(semitones(silence, audio))


@pytest.mark.parametrize(
    ("usual_hz", "hertz", "hertz_up", "shift"),
    [
        (100, 200, 0, 12),
        (100, 0, 100, 12),
        (100, 0, -50, -12),
        (100, 150, -50, 0),
        (100, 0, -100, 0),
        (math.nan, 200, 0, 0),
    ],
)
def test_a_pitch_in_hertz_is_so_many_semitones_away(
    usual_hz: float, hertz: float, hertz_up: float, shift: float
) -> None:
    assert shift_to_hertz(12 * math.log2(usual_hz), hertz, hertz_up) == pytest.approx(shift)
