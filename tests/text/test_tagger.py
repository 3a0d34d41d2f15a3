"""The reader of CRF models against every sequence of labels there is, on a small model."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.text.tagger import Tagger

LABELS = ("A", "Be", "C")
PATTERNS = ("u:w=%x[0,0]", "u:l=%x[-1,0]", '*:s=%m[0,0,".$"]', 'u:p=%t[1,0,"\\p"]', "b:")
FEATURES = ("u:w=ab", "u:w=b", "u:l=_x-1", "u:l=ab", "*:s=b", "*:s=c", "u:p=true", "b:")


def strings(texts: tuple[str, ...]) -> str:
    return "".join(f"{len(text)}:{text},\n" for text in texts)


@pytest.fixture
def model(tmp_path: Path) -> tuple[Tagger, dict[str, np.ndarray]]:
    """A model with random weights, and the weights of each feature: of labels, then of pairs of labels."""
    random, n, at, lines, weights = np.random.default_rng(0), len(LABELS), 0, [], {}
    for feature in FEATURES:
        size = {"u": n, "b": n * n, "*": n + n * n}[feature[0]]
        weights[feature] = random.normal(size=size).astype(np.float32)
        lines += [f"{at + i}={float(weight).hex()}\n" for i, weight in enumerate(weights[feature])]
        at += size
    path = tmp_path / "model"
    path.write_text(
        f"#mdl#2#{at}\n#rdr#{len(PATTERNS)}/0/0\n{strings(PATTERNS)}#qrk#{n}\n{strings(LABELS)}"
        f"#qrk#{len(FEATURES)}\n{strings(FEATURES)}{''.join(lines)}"
    )
    return Tagger(path), weights


def features(words: tuple[str, ...], i: int) -> list[str]:
    follower = words[i + 1] if i + 1 < len(words) else "_x+1"
    before = words[i - 1] if i else "_x-1"
    punctuation = "true" if any(sign in "._+" for sign in follower) else "false"
    return [f"u:w={words[i]}", f"u:l={before}", f"*:s={words[i][-1]}", f"u:p={punctuation}", "b:"]


def total(words: tuple[str, ...], labels: tuple[int, ...], weights: dict[str, np.ndarray]) -> float:
    n, score = len(LABELS), 0.0
    for i, label in enumerate(labels):
        for feature in (each for each in features(words, i) if each in weights):
            own = {"u": n, "b": 0, "*": n}[feature[0]]
            score += weights[feature][label] if own else 0
            if i and feature[0] != "u":
                score += weights[feature][own + labels[i - 1] * n + label]
    return score


@pytest.mark.parametrize("words", [("ab",), ("b", "ab", "c"), ("ab", "b", ".", "cab", "ab")])
def test_labels_are_the_most_probable_of_all(
    words: tuple[str, ...], model: tuple[Tagger, dict[str, np.ndarray]]
) -> None:
    tagger, weights = model
    every = product(range(len(LABELS)), repeat=len(words))
    best = max(every, key=lambda labels: total(words, labels, weights))
    assert tagger(words) == [LABELS[label] for label in best]


def test_no_words_have_no_labels(model: tuple[Tagger, dict[str, np.ndarray]]) -> None:
    assert model[0](()) == []
