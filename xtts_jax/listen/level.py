"""The rate and level that clips are brought to before a public model judges or transcribes them."""

import numpy as np

from xtts_jax.audio.io import resample
from xtts_jax.errors import UserError

SAMPLE_RATE = 16_000  # Hz, which pocketsphinx, DNSMOS and Resemblyzer all take
LEVEL_DB = -30.0  # root mean square relative to full scale, so that no clip wins by its level


def at_level(clip: np.ndarray, sample_rate: int) -> np.ndarray:
    """The (s,) clip at SAMPLE_RATE and LEVEL_DB; digital silence stays silent."""
    audio = np.asarray(clip, np.float32)
    require_samples(audio, least=0)
    if len(audio):
        audio = resample(audio, sample_rate, SAMPLE_RATE)
    level = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if len(audio) else 0.0
    return audio * np.float32(10 ** (LEVEL_DB / 20) / level) if level > 0 else audio


def require_samples(clip: np.ndarray, *, least: int) -> None:
    """Raises `UserError` for a clip that is not (s,), is shorter than `least` or holds NaN or infinity."""
    if clip.ndim != 1 or len(clip) < least or not np.isfinite(clip).all():
        raise UserError(
            f"A clip to judge must be one channel of finite samples, at least {least}. If a model made it, "
            "the model has diverged: go back to an earlier checkpoint."
        )
