"""A text that arrives in pieces, as complete sentences."""

import re
from collections.abc import Iterator

from xtts_jax.errors import TextError
from xtts_jax.text.markup import parse
from xtts_jax.text.sentences import borders

_MAY_END = re.compile(r"[.!?…؟۔।。！？]\S*\s")  # a quick look, as pieces may be single letters
_SENTENCES = 2  # the kind of `borders` that are behind sentences, in quotations too


class Incoming:
    """Keeps what has come of the sentence that is not complete.

    A sentence is complete when the next one begins, and when all markup that it opens is closed.
    """

    def __init__(self) -> None:
        self._text = ""

    def __len__(self) -> int:
        """The characters that are kept."""
        return len(self._text)

    def add(self, piece: str) -> Iterator[str]:
        """The sentences that are complete with this piece."""
        self._text += piece
        start = 0
        for at in borders(self._text)[_SENTENCES] if _MAY_END.search(self._text) else ():
            sentence = self._text[start:at]
            if sentence.strip() and _is_closed(sentence):
                yield sentence
                start = at
        self._text = self._text[start:]

    def rest(self) -> str:
        """What is left, complete or not; nothing is kept afterwards."""
        rest, self._text = self._text, ""
        return rest


def _is_closed(text: str) -> bool:
    try:
        parse(text, "en")
    except TextError:
        return False
    return "<" not in text.rpartition(">")[2] and text.count("[[") == text.count("]]")
