"""The log mel that training, synthesis, references and evaluation share."""

from dataclasses import fields
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.stft import stft
from xtts_jax.config import Audio
from xtts_jax.errors import UserError

MEL_FLOOR = 1e-5  # magnitude; log_mel is never below log(MEL_FLOOR) = -11.51

# Slaney's Auditory Toolbox (1998): linear up to 1 kHz, then 27 mels per factor of 6.4.
_LINEAR_HZ = 200 / 3  # Hz per mel
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27


def log_mel(audio: Float[Array, "b s"], settings: Audio) -> Float[Array, "b t m"]:
    """Natural log of Slaney mel magnitudes, floored at MEL_FLOOR; t = s // hop_length.

    Equals librosa's melspectrogram(power=1, center=False) of the reflect-padded signal. Speech ranges from
    about -11.5 to +1.3.
    """
    magnitude = jnp.abs(stft(audio, settings))
    mel = jnp.einsum("btf,mf->btm", magnitude, mel_filters(settings), precision=jax.lax.Precision.HIGHEST)
    return jnp.log(jnp.maximum(mel, MEL_FLOOR))


def energy(mel: Float[Array, "b t m"]) -> Float[Array, "b t"]:
    """Log of the root of the summed squared mel magnitudes, in nats (1 nat = 8.69 dB)."""
    return 0.5 * jax.nn.logsumexp(2 * mel, axis=-1)


@cache
def mel_filters(settings: Audio) -> np.ndarray:
    """Triangular filters of equal area (Slaney): (n_mels, n_fft // 2 + 1) float32."""
    edges = np.linspace(_hz_to_mel(settings.fmin), _hz_to_mel(settings.fmax), settings.n_mels + 2)
    low, centre, high = (_mel_to_hz(edges)[i : i + settings.n_mels, None] for i in range(3))
    bins = np.fft.rfftfreq(settings.n_fft, 1 / settings.sample_rate)[None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    filters = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return filters.astype(np.float32)


def _hz_to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _LINEAR_HZ
    return _BREAK_MEL + np.log(hz / _BREAK_HZ) / _LOG_STEP


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, _LINEAR_HZ * mel, logarithmic)


def require_same_mel(ours: Audio, theirs: Audio, whose: str, otherwise: str) -> None:
    """Raises `UserError` with both values of every mel setting that differs.

    `whose` names the other run or vocoder, as in "the vocoder in runs/vocoder"; `otherwise` is an
    alternative to suggest.
    """
    differing = [
        f"{field.name} is {getattr(ours, field.name)} here and {getattr(theirs, field.name)} there"
        for field in fields(Audio)
        if field.name not in ("f0_min", "f0_max") and getattr(ours, field.name) != getattr(theirs, field.name)
    ]
    if differing:
        raise UserError(
            f"[mel_settings_differ] This run and {whose} have different mel spectrograms: "
            f"{'; '.join(differing)}. Together they would produce noise. Use one that was trained with the "
            f"settings of this run, train this run again with config.audio set to its values, or {otherwise}."
        )
