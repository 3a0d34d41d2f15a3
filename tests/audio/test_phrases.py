"""Where long recordings are cut."""

import numpy as np
import pytest

from xtts_jax.audio.phrases import phrases

RATE = 16_000


def recording(*parts: tuple[float, float]) -> np.ndarray:
    """Noise of (seconds, level) parts."""
    random = np.random.default_rng(0)
    return np.concatenate([level * random.standard_normal(int(s * RATE)) for s, level in parts]).astype("f4")


def test_a_recording_is_cut_in_the_middle_of_its_pauses_and_nothing_is_lost() -> None:
    audio = recording((3.0, 0.1), (0.4, 1e-4), (2.5, 0.1), (0.4, 1e-4), (4.0, 0.1))
    spans = phrases(audio, RATE)
    assert [span.start for span in spans] == pytest.approx([0, 3.2 * RATE, 6.1 * RATE], abs=0.05 * RATE)
    assert [span.stop for span in spans] == [*(span.start for span in spans[1:]), len(audio)]


def test_no_phrase_is_shorter_than_two_seconds() -> None:
    audio = recording((1.0, 0.1), (0.4, 1e-4), (1.5, 0.1), (0.4, 1e-4), (1.0, 0.1))
    assert phrases(audio, RATE) == [slice(0, len(audio))]
    audio = recording((1.0, 0.1), (0.4, 1e-4), (1.5, 0.1), (0.4, 1e-4), (3.0, 0.1))
    assert [span.start / RATE for span in phrases(audio, RATE)] == pytest.approx([0, 3.1], abs=0.05)


@pytest.mark.parametrize("pause", [0.1, 0.0])
def test_a_breath_is_not_a_pause(pause: float) -> None:
    audio = recording((3.0, 0.1), (pause, 1e-4), (3.0, 0.1))
    assert phrases(audio, RATE) == [slice(0, len(audio))]


def test_silence_is_one_phrase() -> None:
    assert phrases(np.zeros(RATE, np.float32), RATE) == [slice(0, RATE)]
