"""The acoustic model's steps of training and evaluation, which are pure.

`train.parallel` compiles the steps over the devices.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from xtts_jax.losses.acoustic import Counts, count, loss_terms, mel_l1, weighted_sum
from xtts_jax.models.alignment import warp_to
from xtts_jax.models.features import Features, extract
from xtts_jax.models.generate import generate_beside
from xtts_jax.models.xtts import XTTS, Outputs, apply
from xtts_jax.train.acoustic import health
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params, TrainState
from xtts_jax.train.step import DEVICES, averaging, device_key, over_parts, split, take_step
from xtts_jax.types import Batch, Stats

Weights = dict[str, Float[Array, ""]]
Means = tuple[Params, Metrics, health.Measures]
Shown = tuple[Metrics, health.Measures, Bool[Array, "b"]]  # the last: which utterances gave finite values


class Part(NamedTuple):
    """A micro-batch, with what its loss needs."""

    features: Features
    counts: Counts  # means over all micro-batches and devices
    weights: Weights
    key: Array


Learn = Callable[[Params, Part], tuple[Params, Shown]]  # gradients, and what the micro-batch shows


def make_train_step(
    model: XTTS, optimizer: optax.GradientTransformation, stats: Stats, learn: Learn | None = None
) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
    """`make_weighted_step` with the weights of the configuration."""
    step, weights = make_weighted_step(model, optimizer, stats, learn), asdict(model.config.loss)
    return lambda state, batch: step(state, batch, weights)


def draw(model: XTTS, stats: Stats, params: Params, part: Part) -> tuple[Float[Array, ""], Outputs, Shown]:
    """The weighted loss of a micro-batch, the model's outputs, and what they show."""
    features, counts = part.features, part.counts
    outputs = apply(model, params, lambda m: m(features, train=True), {"dropout": part.key})
    terms = loss_terms(outputs, features, stats, counts)
    total = weighted_sum(terms, part.weights)
    metrics = {f"loss/{name}": value for name, value in terms.items()} | {"loss/total": total}
    measures = health.measure(outputs, features, stats, counts, model.n_vocab)
    return total, outputs, (metrics, measures, health.utterances_finite(outputs, features))


def learn_to_draw(model: XTTS, stats: Stats) -> Learn:
    """Learning from the mel alone."""

    def loss(params: Params, part: Part) -> tuple[Float[Array, ""], Shown]:
        total, _, shown = draw(model, stats, params, part)
        return total, shown

    return jax.grad(loss, has_aux=True)


def make_weighted_step(
    model: XTTS, optimizer: optax.GradientTransformation, stats: Stats, learn: Learn | None = None
) -> Callable[[TrainState, Batch, Weights], tuple[TrainState, Metrics]]:
    """A step over one device's share of the batch; gradients and metrics are means over all devices.

    learn: from what, by convolutions; by default `learn_to_draw`, which has none. All metrics are scalars
    except two: `leaf_grad_norm` has a value for every leaf of params, and `utterance_finite` one for every
    utterance of the whole batch, both in order.
    """
    config, convolving = model.config, learn is not None
    learn = learn or learn_to_draw(model, stats)

    def train_step(state: TrainState, batch: Batch, weights: Weights) -> tuple[TrainState, Metrics]:
        share = jax.lax.psum(1, DEVICES) * config.train.accumulate  # how many ways the batch is cut
        counts = jax.tree.map(
            lambda x: jax.lax.psum(x, DEVICES) / share, count(extract(batch, config.audio, stats))
        )
        parts = split(batch, config.train.accumulate)
        key = device_key(state)

        def micro_step(index: Array | int) -> tuple[Means, Bool[Array, "b"]]:
            mine = extract(jax.tree.map(lambda x: x[index], parts), config.audio, stats)
            part = Part(mine, counts, weights, jax.random.fold_in(key, index))
            grads, (metrics, measures, finite) = learn(state.params, part)
            return (grads, metrics, measures), finite

        means, finite = over_parts(micro_step, config.train.accumulate, convolving=convolving)
        grads, metrics, measures = jax.lax.pmean(means, DEVICES)
        metrics |= health.summarize(measures)
        metrics["utterance_finite"] = jax.lax.all_gather(finite.reshape(-1), DEVICES).reshape(-1)
        return take_step(state, grads, metrics, optimizer, averaging(config.optim))

    return train_step


def make_eval_step(
    model: XTTS, stats: Stats
) -> Callable[[Params, Batch, Bool[Array, "b"]], tuple[Metrics, Float[Array, "b t m"]]]:
    """Sums over the examples where `valid` is True, over all devices: divide by the sums of counts.

    With them the normalized mel of `teacher`, of this device's examples. `teacher` is given the
    recording's durations and prosody; `free` only text and reference, and is timed to the recording token
    by token (`alignment.warp_to`) for comparison.
    """
    one = Counts(jnp.ones(()), jnp.ones(()))

    def eval_step(
        params: Params, batch: Batch, valid: Bool[Array, "b"]
    ) -> tuple[Metrics, Float[Array, "b t m"]]:
        features = extract(batch, model.config.audio, stats)
        features = features._replace(
            text_mask=features.text_mask & valid[:, None], mel_mask=features.mel_mask & valid[:, None]
        )
        outputs = apply(model, params, lambda m: m(features, train=False))
        free = generate_beside(model, params, features)
        warped = warp_to(free.mel, free.durations, outputs.durations, features.mel.shape[1])
        counts = count(features)
        off = jnp.abs(free.durations - outputs.durations) * features.text_mask
        sums = {
            "mel_l1_teacher": mel_l1(outputs.mel, features, stats, one),
            "mel_l1_free": mel_l1(warped, features, stats, one),
            "duration_error_frames": off.sum().astype(jnp.float32),
            "predicted_frames": (free.durations * features.text_mask).sum().astype(jnp.float32),
            "variance_free": variance_over_time(warped, features.mel_mask),
            "variance_recorded": variance_over_time(features.mel, features.mel_mask),
            "tokens": counts.tokens,
            "frames": counts.frames,
        }
        return jax.lax.psum(sums, DEVICES), outputs.mel * features.mel_mask[..., None]

    return eval_step


def variance_over_time(mel: Float[Array, "b t m"], real: Bool[Array, "b t"]) -> Float[Array, ""]:
    """Variance of each utterance's real frames about their mean: mean over the bins, sum over utterances."""
    weights = real[..., None] / jnp.maximum(real.sum(axis=1), 1)[:, None, None]
    mean = (mel * weights).sum(axis=1, keepdims=True)
    return (jnp.square(mel - mean) * weights).sum(axis=1).mean(axis=-1).sum()
