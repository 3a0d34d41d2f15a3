"""What a piece of a text goes on from: the end of the piece before, which is drawn with it and not heard.

Drawn alone, a piece begins as high as a text does. After the last sentence of the one before, its pitch goes
on as within a piece, and starts anew with a paragraph only.
"""

from typing import NamedTuple

import numpy as np

from xtts_jax.text.normalize.common import MARKS

MOST_SYMBOLS = 64
_SENTENCE_ENDS = "?!.…"


class Led(NamedTuple):
    """The ids of a piece behind those that lead to it."""

    ids: np.ndarray  # (n,) int32
    unheard: int  # so many at the start


def ending(symbols: str) -> str:
    """The last sentence, or as many of its last words as are short enough; "" if it breaks off.

    It ends in a space, as it does before another sentence.
    """
    said = symbols.rstrip()
    if not said or said[-1] not in MARKS:
        return ""
    begins = max(said.rfind(mark, 0, -1) for mark in _SENTENCE_ENDS) + 1
    last = said[begins:].strip()
    if len(last) > MOST_SYMBOLS:
        _, _, last = last[-MOST_SYMBOLS:].partition(" ")
    return f"{last} " if last else ""


def led(before: np.ndarray, ids: np.ndarray) -> Led:
    """before: ids of an `ending`, with <start> and <end>, as all have."""
    lead = before[1:-1]
    return Led(np.concatenate([ids[:1], lead, ids[1:]]), len(lead))


def heard(mel: np.ndarray, durations: np.ndarray, unheard: int) -> tuple[np.ndarray, np.ndarray]:
    """A piece without what leads to it: cut where the pause between them, a mark and a space, is quietest.

    mel: (t, m) natural log; durations: (n,) frames. What is left of the pause takes the place of <start>.
    """
    if not unheard:
        return mel, durations
    pause, end = (int(durations[:tokens].sum()) for tokens in (unheard - 1, unheard + 1))
    cut = pause + int(mel[pause:end].mean(axis=1).argmin())
    rest = np.array([end - cut], durations.dtype)
    return mel[cut:], np.concatenate([rest, durations[unheard + 1 :]])
