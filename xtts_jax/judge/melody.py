"""How far the melody of free-running speech is from the recordings', by pitch measured on the waveforms."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio import pitch
from xtts_jax.audio.griffin_lim import griffin_lim
from xtts_jax.config import Audio
from xtts_jax.models.alignment import warp_to
from xtts_jax.models.features import denormalize_mel, extract
from xtts_jax.models.generate import generate_beside
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.types import Batch, Stats
from xtts_jax.vocoder.vocode import ITERATIONS


def melody_errors(
    model: XTTS, params: dict, batches: list[tuple[Batch, np.ndarray]], stats: Stats
) -> dict[str, float]:
    """The errors of speech through Griffin-Lim, timed to the recordings token by token.

    The root mean square of the difference in log-F0, over frames that are voiced in both; the share of frames
    that are voiced in only one. Names in `_griffin_lim` are for the recordings through the same Griffin-Lim.
    """
    settings = model.config.audio
    draw = jax.jit(lambda batch: _mels(model, params, batch, stats))
    found: dict[str, list[pitch.Track]] = {"": [], "_griffin_lim": []}
    recorded: list[pitch.Track] = []
    for batch, valid in batches:
        for name, mel in zip(found, draw(batch), strict=True):
            found[name] += _tracks(mel, batch, valid, settings)
        for i in np.flatnonzero(valid):
            recorded.append(
                (batch.log_f0[i, : batch.mel_lengths[i]], batch.voiced[i, : batch.mel_lengths[i]])
            )
    errors = {name: pitch.errors(tracks, recorded) for name, tracks in found.items()}
    return {f"log_f0_rmse{name}": rmse for name, (rmse, _) in errors.items()} | {
        f"voicing_error{name}": share for name, (_, share) in errors.items()
    }


def _mels(model: XTTS, params: dict, batch: Batch, stats: Stats) -> tuple[Float[Array, "b t m"], ...]:
    """Natural-log mels: of the model, free-running, and of the recordings."""
    features = extract(batch, model.config.audio, stats)
    durations = apply(model, params, lambda m: m(features, train=False)).durations
    free = generate_beside(model, params, features)
    warped = warp_to(free.mel, free.durations, durations, features.mel.shape[1])
    return denormalize_mel(warped, stats), denormalize_mel(features.mel, stats)


def _tracks(
    mel: Float[Array, "b t m"], batch: Batch, valid: np.ndarray, settings: Audio
) -> Iterator[pitch.Track]:
    audio = np.asarray(griffin_lim(jnp.asarray(mel), settings, ITERATIONS, jax.random.key(0)))
    for i in np.flatnonzero(valid):
        yield pitch.log_f0(audio[i, : batch.mel_lengths[i] * settings.hop_length], settings)
