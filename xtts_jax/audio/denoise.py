"""Removal of steady noise from recordings by spectral gating; not imported by training."""

import numpy as np

PAUSES = 0.05  # share of a recording, its quietest blocks, from which the noise is estimated
FEWEST_BLOCKS = 4
BLOCK_S = 0.03
_KEPT = 0.1  # share of what is below the gate that is kept; removing all of it leaves audible holes
_WINDOW = 512  # samples: 23 ms at 22 050 Hz


def denoise(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """The clip (s,), lowered by 20 dB at the times and frequencies where it is no louder than its pauses.

    Clean recordings hardly change, because their pauses are very quiet. The method is that of Sainburg,
    Thielk & Gentner 2020, "Finding, visualizing, and quantifying latent structure across diverse animal
    vocal repertoires", as implemented in noisereduce. A clip too short to have pauses is left as it is.
    """
    if len(audio) < FEWEST_BLOCKS * round(BLOCK_S * sample_rate):
        return audio
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
    """The quietest blocks, concatenated in their order."""
    size = round(BLOCK_S * sample_rate)
    blocks = audio[: len(audio) // size * size].reshape(-1, size)
    count = max(FEWEST_BLOCKS, round(PAUSES * len(blocks)))
    chosen = np.argsort(np.einsum("ij,ij->i", blocks, blocks))[:count]
    return blocks[np.sort(chosen)].ravel()
