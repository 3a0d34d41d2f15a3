"""Checks of a prepared corpus at the start of every run."""

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.agreement import mismatch, texts_and_lengths_agree
from xtts_jax.data.corpus import Corpus
from xtts_jax.findings import SEVERE, WARNING, Finding

MOST_COMPARED = 200_000  # utterances whose texts and lengths are compared; more change no verdict
_PART = 1_000_000  # utterances whose sounds are compared at a time


def examine(corpus: Corpus, config: Config) -> list[Finding]:
    index = corpus.index
    rows = np.linspace(0, len(corpus) - 1, min(len(corpus), MOST_COMPARED)).astype(np.int64)
    voices = index.speaker.codes[rows].astype(np.int64) * len(corpus.languages) + index.language.codes[rows]
    agreement = texts_and_lengths_agree(index.tokens[rows], index.frames[rows], voices)
    return [*mismatch(agreement), *validation_in_training(corpus, config)]


def validation_in_training(corpus: Corpus, config: Config) -> list[Finding]:
    """Finds validation recordings that are also trained on; severe from a share of `health.leaked` on."""
    shared = corpus.validation[_heard_in(corpus.index.audio, corpus.validation, corpus.train)]
    if not len(shared):
        return []
    share = len(shared) / len(corpus.validation)
    names = ", ".join(str(name) for name in corpus.index.id[shared][:6])
    return [
        Finding(
            "validation_in_training",
            SEVERE if share >= config.health.leaked else WARNING,
            f"{len(shared)} of {len(corpus.validation)} validation recordings ({share:.0%}) are also trained "
            f"on: {names}{' and others' if len(shared) > 6 else ''}.",
            "the same recording is in the corpus under two ids.",
            "remove the copies (xtts-jax doctor lists them), then run the same command again.",
        )
    ]


def _heard_in(sounds: np.ndarray, few: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Which of a few utterances sound like any of many others."""
    looked_for, found = sounds[few], np.zeros(len(few), bool)
    for start in range(0, len(many), _PART):
        heard = np.sort(sounds[many[start : start + _PART]])
        place = np.minimum(np.searchsorted(heard, looked_for), len(heard) - 1)
        found |= heard[place] == looked_for
    return found
