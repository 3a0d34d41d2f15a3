"""Checks of a prepared corpus at the start of every run."""

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.agreement import mismatch, texts_and_lengths_agree
from xtts_jax.data.corpus import Corpus
from xtts_jax.findings import SEVERE, WARNING, Finding


def examine(corpus: Corpus, config: Config) -> list[Finding]:
    index = corpus.index
    voices = np.char.add(np.char.add(index.speaker, "|"), index.language)
    agreement = texts_and_lengths_agree(index.tokens, index.frames, voices)
    return [*mismatch(agreement), *validation_in_training(corpus, config)]


def validation_in_training(corpus: Corpus, config: Config) -> list[Finding]:
    """Finds validation recordings that are also trained on; severe from a share of `health.leaked` on."""
    sounds = corpus.index.audio
    shared = corpus.validation[np.isin(sounds[corpus.validation], sounds[corpus.train])]
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
