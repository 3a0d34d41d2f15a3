"""A bigram language model of a few sentences, in the ARPA format."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

DISCOUNT = 0.5  # taken from every count, for words that were not seen in that place


def arpa_bigrams(sentences: Iterable[Sequence[str]]) -> str:
    """Absolute discounting with back-off to unigrams (Ney, Essen & Kneser 1994, section 3)."""
    pairs = Counter(pair for sentence in sentences for pair in _pairs(sentence))
    seen_as, seen_before, followers = Counter(), Counter(), defaultdict(list)
    for (before, word), count in pairs.items():
        seen_as[word] += count
        seen_before[before] += count
        followers[before].append(word)
    unigram = {word: count / pairs.total() for word, count in seen_as.items()}

    def back_off(before: str) -> float:
        left = DISCOUNT * len(followers[before]) / seen_before[before] if before in followers else 1.0
        rest = 1 - sum(unigram[word] for word in followers[before])
        return math.log10(left / rest) if rest > 1e-9 else 0.0

    ones = [f"{math.log10(p):.6f} {word} {back_off(word):.6f}" for word, p in sorted(unigram.items())]
    twos = [
        f"{math.log10((count - DISCOUNT) / seen_before[before]):.6f} {before} {word}"
        for (before, word), count in sorted(pairs.items())
    ]
    counts = f"ngram 1={len(ones) + 1}\nngram 2={len(twos)}"
    start = f"-99 <s> {back_off('<s>'):.6f}"
    blocks = [
        f"\\data\\\n{counts}",
        "\n".join(["\\1-grams:", start, *ones]),
        "\n".join(["\\2-grams:", *twos]),
        "\\end\\\n",
    ]
    return "\n\n".join(blocks)


def _pairs(sentence: Sequence[str]) -> Iterable[tuple[str, str]]:
    return pairwise(["<s>", *sentence, "</s>"])
