"""A piece that is drawn after the end of the one before."""

import numpy as np
import pytest
from speaking_run import LONG_TEXT

from xtts_jax.speak.context import MOST_SYMBOLS, ending, heard
from xtts_jax.speak.synthesizer import Synthesizer

SENTENCE = LONG_TEXT.partition(".")[0].capitalize() + "."


@pytest.mark.parametrize(
    ("symbols", "wanted"),
    [
        ("wˈʌn. tˈuː, θɹˈiː.", "tˈuː, θɹˈiː. "),
        ("wˈʌn tˈuː!", "wˈʌn tˈuː! "),
        ("sˈəʊ? ", "sˈəʊ? "),
        ("wˈʌn. ɪt wɒz,", "ɪt wɒz, "),
        ("wˈʌn tˈuː", ""),
        ("", ""),
        ("abc " * 40 + "end.", "abc " * 14 + "end. "),
        ("x" * 99 + ".", ""),
    ],
)
def test_the_end_of_a_piece_is_its_last_sentence_or_less(symbols: str, wanted: str) -> None:
    assert ending(symbols) == wanted and len(wanted) <= MOST_SYMBOLS + 1


def test_a_piece_is_drawn_as_it_would_be_after_the_last_sentence(synthesizer: Synthesizer) -> None:
    long, other = (synthesizer.draw(" ".join([SENTENCE] * count)) for count in (5, 3))
    second = long.mel[long.segments[1].start_frame :]
    np.testing.assert_allclose(second, other.mel[-len(second) :], atol=1e-4)
    alone = synthesizer.draw(" ".join([SENTENCE] * 2)).mel
    assert len(alone) != len(second) or np.abs(alone - second).max() > 1e-2


def test_the_pause_before_a_piece_is_cut_where_it_is_quietest() -> None:
    levels = np.array([-1, -2, -3, -8, -5, -4, -1, -2], np.float32)  # two frames a token
    mel, durations = np.repeat(levels[:, None], 3, axis=1), np.array([2, 2, 2, 2], np.int32)
    found, left = heard(mel, durations, 2)  # <start> and a mark; then a space
    assert found[:, 0].tolist() == [-8, -5, -4, -1, -2] and left.tolist() == [3, 2]
    assert heard(mel, durations, 0)[0] is mel
