"""A reader of linear-chain CRF models in the text format of Wapiti, and their most probable labels."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_TEST = re.compile(r'%([xmt])\[(-?\d+),0(?:,"(.*)")?\]')
_WEIGHT = re.compile(rb"(\d+)=(\S+)")
_PUNCTUATION = r"[!-/:-@\[-`{-~]"


@dataclass(frozen=True)
class Pattern:
    """What a feature looks at: a word near the one to label, a part of it, or whether it has such a part."""

    name: bytes
    kind: str  # "x" the word, "m" the part that matches, "t" whether one does, "" nothing
    offset: int
    part: re.Pattern[bytes]

    def __call__(self, words: Sequence[bytes], i: int) -> bytes:
        if not self.kind:
            return self.name
        word = _word(words, i + self.offset)
        if self.kind == "x":
            return self.name + word
        found = self.part.search(word)
        if self.kind == "t":
            return self.name + (b"true" if found else b"false")
        return self.name + (found[0] if found else b"")


def _word(words: Sequence[bytes], i: int) -> bytes:
    if i < 0:
        return b"_x%d" % i
    return words[i] if i < len(words) else b"_x+%d" % (i - len(words) + 1)


def _pattern(text: str) -> Pattern:
    test = _TEST.search(text)
    if not test:
        return Pattern(text.encode(), "", 0, re.compile(b""))
    part = (test[3] or "").replace(r"\p", _PUNCTUATION).encode()
    return Pattern(text[: test.start()].encode(), test[1], int(test[2]), re.compile(part, re.DOTALL))


class Tagger:
    """A model. A feature has a weight for each label (u), for each pair of neighbors (b), or both (*)."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        patterns, at = _strings(data, data.index(b"\n#rdr#") + 6)
        labels, at = _strings(data, data.index(b"#", at) + 5)
        features, at = _strings(data, data.index(b"#", at) + 5)
        self.patterns = [_pattern(text.decode()) for text in patterns]
        self.labels = [text.decode() for text in labels]
        n = len(labels)
        sizes = np.array([{b"u": n, b"b": n * n, b"*": n + n * n}[text[:1]] for text in features])
        starts = np.cumsum(sizes) - sizes
        self._starts = dict(zip(features, starts.tolist(), strict=True))
        self._weights = np.zeros(int(sizes.sum()), np.float32)
        for line in _WEIGHT.finditer(data, at):
            self._weights[int(line[1])] = float.fromhex(line[2].decode())

    def __call__(self, words: Sequence[str]) -> list[str]:
        """The most probable labels of a sentence, by Viterbi."""
        encoded = [word.encode() for word in words]
        score, choices = np.zeros(len(self.labels)), []
        for i in range(len(encoded)):
            own, pairs = self._scores(encoded, i)
            if i:
                through = score[:, None] + pairs
                choices.append(through.argmax(0))
                score = through.max(0)
            score = score + own
        best = [int(score.argmax())] if words else []
        for choice in reversed(choices):
            best.append(int(choice[best[-1]]))
        return [self.labels[label] for label in reversed(best)]

    def _scores(self, words: Sequence[bytes], i: int) -> tuple[np.ndarray, np.ndarray]:
        """The sums of the weights at word `i`: (n,) of labels and (n, n) of the label before and this one."""
        n = len(self.labels)
        own, pairs = np.zeros(n), np.zeros((n, n))
        for feature, start in self._found(words, i):
            if feature[:1] in b"u*":
                own += self._weights[start : start + n]
                start += n
            if feature[:1] in b"b*":
                pairs += self._weights[start : start + n * n].reshape(n, n)
        return own, pairs

    def _found(self, words: Sequence[bytes], i: int) -> Iterator[tuple[bytes, int]]:
        for pattern in self.patterns:
            feature = pattern(words, i)
            if feature in self._starts:
                yield feature, self._starts[feature]


def _strings(data: bytes, at: int) -> tuple[list[bytes], int]:
    """Strings `LENGTH:TEXT,` after their count and the rest of its line; and where they end."""
    line_end = data.index(b"\n", at)
    count, at = int(data[at:line_end].partition(b"/")[0]), line_end + 1
    strings = []
    for _ in range(count):
        colon = data.index(b":", at)
        end = colon + 1 + int(data[at:colon])
        strings.append(data[colon + 1 : end])
        at = end + 2  # the comma and the line end
    return strings, at
