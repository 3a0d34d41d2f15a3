"""The language model of a closed vocabulary."""

import pytest

from xtts_jax.listen.bigram import arpa_bigrams


def test_the_bigram_model_is_a_distribution_after_every_word() -> None:
    text = arpa_bigrams([sentence.split() for sentence in ("a b c", "a c", "b", "c c a b")])
    ones, twos = ([line.split() for line in block.splitlines()[1:]] for block in text.split("\n\n")[1:3])
    unigram = {word: 10 ** float(p) for p, word, _ in ones if word != "<s>"}
    back_off = {word: 10 ** float(weight) for _, word, weight in ones}
    bigram = {(before, word): 10 ** float(p) for p, before, word in twos}
    assert sum(unigram.values()) == pytest.approx(1, abs=1e-4)
    for before in ("<s>", "a", "b", "c"):
        total = sum(bigram.get((before, word), back_off[before] * p) for word, p in unigram.items())
        assert total == pytest.approx(1, abs=1e-4)
    assert bigram["a", "b"] == pytest.approx(1.5 / 3, abs=1e-4)
