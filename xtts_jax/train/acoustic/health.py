"""What a step shows of an acoustic model's health, beside `train.health`: mel, alignment, text and voice."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from xtts_jax.losses.acoustic import Counts
from xtts_jax.models.features import Features, denormalize_mel
from xtts_jax.models.xtts import Outputs
from xtts_jax.train.health import Metrics
from xtts_jax.types import Stats


class Measures(NamedTuple):
    """Sums and means over one share of a batch; their averages over equal shares are those of the batch."""

    mel_l1: Float[Array, ""]  # nat, computed separately from the loss
    mel_range_ratio: Float[Array, ""]
    mel: Float[Array, "2"]  # mean and mean square of the prediction, nat
    target: Float[Array, "2"]  # the same of the recording
    alignment_sharpness: Float[Array, ""]
    tokens_starved: Float[Array, ""]
    alignment_stuck: Float[Array, ""]
    duration_ratio: Float[Array, ""]
    voice: Float[Array, "2 d"]
    tokens_present: Float[Array, "v"]


def measure(outputs: Outputs, features: Features, stats: Stats, counts: Counts, n_vocab: int) -> Measures:
    real, token = features.mel_mask[..., None], features.text_mask
    mel, target = denormalize_mel(outputs.mel, stats), denormalize_mel(features.mel, stats)
    values = counts.frames * mel.shape[-1]
    predicted = jnp.exp(outputs.prediction.log_duration) * token
    embedding = outputs.voice.speaker + outputs.voice.style
    present = jnp.zeros(n_vocab).at[features.tokens].max(token.astype(jnp.float32))
    return Measures(
        mel_l1=(jnp.abs(mel - target) * real).sum() / values,
        mel_range_ratio=_range(mel, real) / _range(target, real),
        mel=_moments(mel * real, (0, 1, 2), values),
        target=_moments(target * real, (0, 1, 2), values),
        alignment_sharpness=outputs.path_posterior.sum() / counts.frames,
        tokens_starved=((outputs.durations == 1) & token).sum() / counts.tokens,
        alignment_stuck=(outputs.durations.max(axis=1) / features.mel_lengths).mean(),
        duration_ratio=predicted.sum() / counts.frames,
        voice=_moments(embedding, (0,), embedding.shape[0]),
        tokens_present=present,
    )


def summarize(measures: Measures) -> Metrics:
    """The figures of the whole batch, from the average over its shares."""
    named = ("mel_l1", "mel_range_ratio", "alignment_sharpness", "tokens_starved", "alignment_stuck")
    spread = jnp.sqrt(_variance(measures.voice).sum() / (measures.voice[1].sum() + 1e-12))
    return {name: getattr(measures, name) for name in (*named, "duration_ratio")} | {
        "mel_mean_error": measures.mel[0] - measures.target[0],
        "mel_std_ratio": jnp.sqrt(_variance(measures.mel) / _variance(measures.target)),
        "voice_spread": spread,
        "token_kinds": (measures.tokens_present > 0).sum().astype(jnp.float32),
    }


def utterances_finite(outputs: Outputs, features: Features) -> Bool[Array, "b"]:
    """Which utterances of the batch give values that are all finite."""
    mel = jnp.where(features.mel_mask[..., None], outputs.mel, 0.0).sum(axis=(1, 2))
    tokens = sum(outputs.prediction) + sum(outputs.prosody)
    return jnp.isfinite(mel + jnp.where(features.text_mask, tokens, 0.0).sum(axis=1))


def _moments(values: Array, axes: tuple[int, ...], count: Array | int) -> Array:
    return jnp.stack([values.sum(axis=axes), jnp.square(values).sum(axis=axes)]) / count


def _variance(moments: Array) -> Array:
    return jnp.maximum(moments[1] - jnp.square(moments[0]), 0.0)


def _range(mel: Float[Array, "b t m"], real: Bool[Array, "b t 1"]) -> Float[Array, ""]:
    return jnp.where(real, mel, -jnp.inf).max() - jnp.where(real, mel, jnp.inf).min()
