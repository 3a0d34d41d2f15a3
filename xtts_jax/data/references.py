"""Which recordings an utterance's reference may be taken from."""

import numpy as np

from xtts_jax.data.index import Index


class References:
    """Some utterances of a corpus as references, which share speaker and emotion with what they are for.

    From references with another emotion, style tokens could not learn emotions.
    """

    def __init__(self, index: Index, members: np.ndarray) -> None:
        """members: (k,) indices, ascending."""
        self._speaker, self._emotion = index.speaker, index.emotion
        groups = self._group(members)
        self._members = members[np.argsort(groups, kind="stable")]
        sizes = np.bincount(groups, minlength=len(self._speaker.names) * len(self._emotion.names))
        self._starts = np.concatenate([[0], np.cumsum(sizes)])

    def knows_voice_of(self, i: int) -> bool:
        """Whether any of them, with whatever emotion, is by the speaker of utterance i."""
        first = int(self._speaker.codes[i]) * len(self._emotion.names)
        return bool(self._starts[first] < self._starts[first + len(self._emotion.names)])

    def pick(self, i: int, draw: float) -> int:
        """The reference of utterance i: another, chosen by `draw` in [0, 1), or i if there is none."""
        group = int(self._group(i))
        others = self._members[self._starts[group] : self._starts[group + 1]]
        own = int(np.searchsorted(others, i))
        is_among = own < len(others) and others[own] == i
        place = int(draw * (len(others) - is_among))
        if len(others) == is_among:
            return int(i)
        return int(others[place + (is_among and place >= own)])

    def _group(self, rows: np.ndarray | int) -> np.ndarray:
        return (
            self._speaker.codes[rows].astype(np.int64) * len(self._emotion.names) + self._emotion.codes[rows]
        )
