"""What a step shows of a model's health; computed inside it, always. `train.rules` reads it."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from xtts_jax.losses.acoustic import Counts
from xtts_jax.models.features import Features, denormalize_mel
from xtts_jax.models.xtts import Outputs
from xtts_jax.train.state import Params, TrainState
from xtts_jax.types import Stats

Metrics = dict[str, Float[Array, "..."]]

ROUNDING = 1e-6  # relative, of float32 over a few operations


class Measures(NamedTuple):
    """Sums and means of one share of a batch, whose averages over equal shares are the batch's own."""

    mel_l1: Float[Array, ""]  # nat, measured apart from the loss
    mel_range_ratio: Float[Array, ""]
    mel: Float[Array, "2"]  # mean and mean square of the prediction, nat
    target: Float[Array, "2"]  # of the recording
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


def leaf_norms(tree: Params) -> Params:
    return jax.tree.map(lambda leaf: jnp.sqrt(jnp.sum(jnp.square(leaf))), tree)


def movement(before: TrainState, after: TrainState, grad_norms: Params) -> Metrics:
    """Each module's gradient norm, update ratio, and share of parameters that stand still.

    A parameter stands still where this step left it as it was and its average, which lags behind
    whatever moves, is the same.
    """
    metrics: Metrics = {"leaf_grad_norm": jnp.stack(jax.tree.leaves(grad_norms))}
    for name, new in after.params.items():
        old, average = before.params[name], before.ema[name]
        step = jax.tree.map(jnp.subtract, new, old)
        still = jax.tree.map(_standing_still, new, old, average)
        size = sum(leaf.size for leaf in jax.tree.leaves(new))
        metrics |= {
            f"grad_norm/{name}": total_norm(grad_norms[name]),
            f"update_ratio/{name}": total_norm(leaf_norms(step)) / (total_norm(leaf_norms(old)) + 1e-12),
            f"unmoved/{name}": jnp.stack(jax.tree.leaves(still)).sum() / size,
        }
    return metrics


def _standing_still(new: Array, old: Array, average: Array) -> Array:
    """How many; an average of equal values may be off by rounding."""
    return jnp.sum((new == old) & (jnp.abs(old - average) <= ROUNDING * jnp.abs(old)))


def total_norm(norms: Params) -> Float[Array, ""]:
    """The norm of a whole tree, from those of its leaves."""
    return jnp.sqrt(sum(jnp.square(norm) for norm in jax.tree.leaves(norms)))


def _moments(values: Array, axes: tuple[int, ...], count: Array | int) -> Array:
    return jnp.stack([values.sum(axis=axes), jnp.square(values).sum(axis=axes)]) / count


def _variance(moments: Array) -> Array:
    return jnp.maximum(moments[1] - jnp.square(moments[0]), 0.0)


def _range(mel: Float[Array, "b t m"], real: Bool[Array, "b t 1"]) -> Float[Array, ""]:
    return jnp.where(real, mel, -jnp.inf).max() - jnp.where(real, mel, jnp.inf).min()


def leaf_names(params: Params) -> list[str]:
    """The path of every leaf, in the order of `leaf_grad_norm`."""
    paths = jax.tree_util.tree_leaves_with_path(params)
    return ["/".join(str(entry.key) for entry in path) for path, _ in paths]


def loggable(metrics: dict[str, np.ndarray], names: list[str]) -> dict[str, Any]:
    """The metrics of a step as a log holds them: scalars, and the names of leaves without gradient."""
    arrays = ("leaf_grad_norm", "utterance_finite")
    scalars = {name: float(value) for name, value in metrics.items() if name not in arrays}
    norms = metrics["leaf_grad_norm"]
    return scalars | {
        "leaves_without_gradient": [name for name, norm in zip(names, norms, strict=True) if norm == 0]
    }
