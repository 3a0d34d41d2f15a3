"""Steady noise taken out of a recording by spectral gating. For references; not imported by training."""

import numpy as np

PAUSES = 0.05  # share of a recording, its quietest blocks, from which the noise is learned
FEWEST_BLOCKS = 4
BLOCK_S = 0.03
_KEPT = 0.1  # of what is under the gate: without any of it, speech sounds holed
_WINDOW = 512  # samples: 23 ms at 22 050 Hz


def denoise(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """The clip (s,) with what is no louder than in its pauses lowered by 20 dB, by frequency.

    What the pauses of a clean recording hold is so faint that hardly anything lies under it. Sainburg,
    Thielk & Gentner 2020, "Finding, visualizing, and quantifying latent structure across diverse animal
    vocal repertoires", as the package noisereduce has it.
    """
    import noisereduce

    cleaned = noisereduce.reduce_noise(
        audio,
        sample_rate,
        y_noise=_quietest(audio, sample_rate),
        stationary=True,
        prop_decrease=1 - _KEPT,
        n_fft=_WINDOW,
    )
    return np.asarray(cleaned, np.float32)


def _quietest(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """The quietest blocks, joined in their order."""
    size = round(BLOCK_S * sample_rate)
    blocks = audio[: len(audio) // size * size].reshape(-1, size)
    count = max(FEWEST_BLOCKS, round(PAUSES * len(blocks)))
    chosen = np.argsort(np.einsum("ij,ij->i", blocks, blocks))[:count]
    return blocks[np.sort(chosen)].ravel()
