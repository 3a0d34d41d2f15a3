"""Power spectra of the frames of a recording at any rate, for checks that need no mel."""

import numpy as np

_WINDOW_S = 0.046


def frame_size(sample_rate: int) -> int:
    """Samples of a frame, an even number."""
    return 2 * round(_WINDOW_S * sample_rate / 2)


def frame_power(audio: np.ndarray, size: int) -> np.ndarray:
    """(t, size / 2 + 1) of a clip (s,), s at least `size`, with Hann windows and a hop of size / 4."""
    frames = np.lib.stride_tricks.sliding_window_view(audio, size)[:: size // 4]
    return np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)) ** 2
