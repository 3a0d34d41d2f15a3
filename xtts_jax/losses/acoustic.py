"""The loss terms of the acoustic model, and of the voice encoder alone. None is clipped or adaptive."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from xtts_jax.models.features import Features
from xtts_jax.models.variance import Prosody, VariancePrediction
from xtts_jax.models.xtts import Outputs
from xtts_jax.types import Stats

SMALLEST_VARIANCE = 1e-6  # added, so that the spread of equal values has a slope


class Counts(NamedTuple):
    """Numbers of real tokens and frames, averaged over devices so that means over them are global."""

    tokens: Float[Array, ""]
    frames: Float[Array, ""]


def count(features: Features) -> Counts:
    return Counts(features.text_mask.sum().astype(jnp.float32), features.mel_mask.sum().astype(jnp.float32))


def mel_l1(mel: Float[Array, "b t m"], features: Features, stats: Stats, counts: Counts) -> Float[Array, ""]:
    """Mean absolute error in nats over real frames; `mel` is normalized, like that of the features."""
    error = jnp.abs(mel - features.mel) * jnp.asarray(stats.mel_std)[None, None]
    return jnp.sum(error.mean(axis=-1) * features.mel_mask) / counts.frames


def loss_terms(
    outputs: Outputs, features: Features, stats: Stats, counts: Counts
) -> dict[str, Float[Array, ""]]:
    """The unweighted terms, named as in `config.loss`; those of the decoder come last.

    speaker is the consistency loss of YourTTS (Casanova et al. 2022, section 2) with our own encoder.
    """
    squares = jnp.square(outputs.aligned_token_mel - features.mel).mean(axis=-1)
    return {
        "alignment": jnp.sum(squares * features.mel_mask) / counts.frames,
        "speaker": jnp.mean(1 - outputs.voice_similarity),
        **variance_terms(outputs.prediction, outputs.durations, outputs.prosody, features, counts),
        **decoder_terms(outputs.mel, outputs.decoder_errors, features, stats, counts),
    }


def variance_terms(
    prediction: VariancePrediction,
    durations: Int[Array, "b n"],
    prosody: Prosody,
    features: Features,
    counts: Counts,
) -> dict[str, Float[Array, ""]]:
    """The errors of the predictions for each token, and of their spread within each utterance.

    duration is the Poisson deviance, whose optimum is the mean duration, so that synthesized sentences
    are as long as recorded ones; a squared error of log durations would make them shorter. The best guess of
    each token's value varies less than the values do, which sounds monotonous: hence the second part. For
    durations it is in the logarithm, where its pull, weighed against the deviance, leaves the sum unchanged.
    """
    recorded = durations.astype(jnp.float32)
    errors = {
        "duration": _poisson_deviance(prediction.log_duration, recorded),
        "log_f0": jnp.abs(prediction.log_f0 - prosody.log_f0) * prosody.voiced,
        "voiced": optax.sigmoid_binary_cross_entropy(prediction.voiced_logit, prosody.voiced),
        "energy": jnp.abs(prediction.energy - prosody.energy),
    }
    means = {name: jnp.sum(error * features.text_mask) / counts.tokens for name, error in errors.items()}
    tokens = features.text_mask.astype(jnp.float32)
    spreads = {
        "duration": _spread_error(prediction.log_duration, jnp.log(jnp.maximum(recorded, 1)), tokens),
        "log_f0": _spread_error(prediction.log_f0, prosody.log_f0, tokens * prosody.voiced),
        "energy": _spread_error(prediction.energy, prosody.energy, tokens),
    }
    return means | {name: means[name] + error for name, error in spreads.items()}


def _spread_error(
    ours: Float[Array, "b n"], theirs: Float[Array, "b n"], weights: Float[Array, "b n"]
) -> Float[Array, ""]:
    """The mean absolute error of the weighted standard deviation of each utterance's values."""
    return jnp.abs(_spread(ours, weights) - _spread(theirs, weights)).mean()


def _spread(values: Float[Array, "b n"], weights: Float[Array, "b n"]) -> Float[Array, "b"]:
    weights = weights / jnp.maximum(weights.sum(axis=1, keepdims=True), 1e-3)
    mean = (values * weights).sum(axis=1, keepdims=True)
    return jnp.sqrt((jnp.square(values - mean) * weights).sum(axis=1) + SMALLEST_VARIANCE)


def decoder_terms(
    mel: Float[Array, "b t m"],
    errors: Mapping[str, Float[Array, "b t"]],
    features: Features,
    stats: Stats,
    counts: Counts,
) -> dict[str, Float[Array, ""]]:
    """The mel term, and the means of the decoder's own errors over real frames."""
    own = {name: jnp.sum(error * features.mel_mask) / counts.frames for name, error in errors.items()}
    return {"mel": mel_l1(mel, features, stats, counts)} | own


def contrastive(
    embeddings: Float[Array, "b d"], speakers: Int[Array, "b"], temperature: float
) -> tuple[Float[Array, ""], Float[Array, "b b"]]:
    """The supervised contrastive loss of speaker embeddings, and the matrix of their cosines.

    Khosla et al. 2020, equation 2; with two embeddings per speaker it is NT-Xent (Chen et al. 2020). Chance
    is log(b - 1). Every speaker must have at least two embeddings.
    """
    norms = jnp.linalg.norm(embeddings, axis=-1, keepdims=True)
    unit = embeddings / jnp.maximum(norms, 1e-6)
    cosines = unit @ unit.T
    itself = jnp.eye(len(speakers), dtype=bool)
    log_shares = jax.nn.log_softmax(jnp.where(itself, -jnp.inf, cosines / temperature), axis=-1)
    own = (speakers[:, None] == speakers[None]) & ~itself
    of_own = jnp.where(own, log_shares, 0.0).sum(axis=-1) / own.sum(axis=-1)
    return -of_own.mean(), cosines


def weighted_sum(
    terms: dict[str, Float[Array, ""]], weights: Mapping[str, Float[Array, ""] | float]
) -> Float[Array, ""]:
    return sum((weights[name] * term for name, term in terms.items()), jnp.zeros(()))


def _poisson_deviance(log_rate: Float[Array, "b n"], value: Float[Array, "b n"]) -> Float[Array, "b n"]:
    """Half the Poisson deviance, zero if the rate equals the value; real tokens have values >= 1."""
    value = jnp.maximum(value, 1.0)
    return value * (jnp.log(value) - log_rate) - value + jnp.exp(log_rate)
