"""How lively speech is: its pitch and its rhythm beside those of the recordings."""

from collections.abc import Sequence

import numpy as np

from xtts_jax.audio import pitch
from xtts_jax.config import Audio
from xtts_jax.judge.rows import Tokens

TITLES = {
    "log_f0_spread": "spread of log F0, free over recorded",
    "duration_spread": "spread of phoneme durations, free over recorded",
    "log_f0_correlation": "correlation of log F0 at the same phonemes",
    "duration_correlation": "correlation of phoneme durations",
}


def prosody_figures(
    free: Sequence[np.ndarray], recorded: Sequence[np.ndarray], tokens: Tokens, audio: Audio
) -> dict[str, float]:
    """The figures of TITLES; below 1, and correlations near 0, mean that speech is flat.

    Pitch is measured on the (s,) clips, sentence by sentence, durations and correlations on the tokens.
    """
    voiced = tokens.voiced
    return {
        "log_f0_spread": _spread(free, audio) / _spread(recorded, audio),
        "duration_spread": float(tokens.predicted_durations.std() / tokens.recorded_durations.std()),
        "log_f0_correlation": _correlation(tokens.predicted_log_f0[voiced], tokens.recorded_log_f0[voiced]),
        "duration_correlation": _correlation(tokens.predicted_durations, tokens.recorded_durations),
    }


def _spread(clips: Sequence[np.ndarray], audio: Audio) -> float:
    """Mean over clips of the standard deviation of log F0 over the voiced frames; NaN where none has any."""
    tracks = [pitch.log_f0(clip[: len(clip) // audio.hop_length * audio.hop_length], audio) for clip in clips]
    spreads = [log_f0[voiced].std() for log_f0, voiced in tracks if voiced.sum() > 1]
    return float(np.mean(spreads)) if spreads else float("nan")


def _correlation(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.corrcoef(ours, theirs)[0, 1]) if len(ours) > 1 else float("nan")
