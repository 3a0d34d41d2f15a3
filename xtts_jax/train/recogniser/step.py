"""A recognizer's params at the start, and its steps of training and evaluation, which are pure."""

from collections.abc import Callable
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.config import Config
from xtts_jax.models.features import Features, extract
from xtts_jax.models.recogniser import Recogniser, best_path, ctc_errors, targets
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params, TrainState
from xtts_jax.train.step import DEVICES, averaging, device_key, over_parts, split, take_step
from xtts_jax.types import Batch, Stats


class Heard(NamedTuple):
    """What was recognized in the whole batch, over all devices."""

    symbols: Int[Array, "b p"]  # by the likeliest path
    lengths: Int[Array, "b"]
    reference: Int[Array, "b n"]  # the audible symbols of the text
    reference_lengths: Int[Array, "b"]
    errors: Float[Array, "b"]  # nat; 0 where the text has more symbols than there are positions
    valid: Bool[Array, "b"]


def init_params(model: Recogniser, config: Config) -> Params:
    """Params for any batch shape."""

    def init(seed: jax.Array) -> Params:
        mel = jnp.zeros((1, config.frames_per_position, config.audio.n_mels))
        lengths = jnp.ones(1, jnp.int32)
        return cast(Params, model.init(jax.random.key(seed), mel, lengths, train=False)["params"])

    return jax.jit(init)(jnp.asarray(config.train.seed, jnp.int32))


def make_recogniser_step(
    model: Recogniser,
    optimizer: optax.GradientTransformation,
    config: Config,
    stats: Stats,
    said: np.ndarray,
) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
    """A step that lowers the mean loss over the symbols of the batch; `said` is as in `models.recogniser`."""

    def errors_of(params: Params, features: Features, key: Array) -> tuple[Array, tuple[Array, Array, Array]]:
        """The sum over all symbols, their number, and what is known of each utterance."""
        symbols, lengths = targets(features.tokens, features.text_mask, said)
        log_probs, mask = model.apply(
            {"params": params}, features.mel, features.mel_lengths, train=True, rngs={"dropout": key}
        )
        errors, fits = ctc_errors(log_probs, cast(Array, mask), symbols, lengths)
        return errors.sum(), ((lengths * fits).sum().astype(jnp.float32), jnp.isfinite(errors), fits)

    def train_step(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        parts = split(batch, config.train.accumulate)
        key, graded = device_key(state), jax.value_and_grad(errors_of, has_aux=True)

        def micro_step(index: Array | int) -> tuple[tuple[Params, Array, Array], tuple[Array, Array]]:
            mine = extract(jax.tree.map(lambda x: x[index], parts), config.audio, stats)
            (errors, (symbols, finite, fits)), grads = graded(
                state.params, mine, jax.random.fold_in(key, index)
            )
            return (grads, errors, symbols), (finite, fits)

        means, (finite, fits) = over_parts(micro_step, config.train.accumulate)
        grads, errors, symbols = jax.lax.pmean(means, DEVICES)
        grads, loss = jax.tree.map(lambda x: x / jnp.maximum(symbols, 1.0), (grads, errors))
        metrics: Metrics = {
            "loss/total": loss,
            "crowded": jax.lax.pmean((~fits).mean(), DEVICES),
            "utterance_finite": jax.lax.all_gather(finite.reshape(-1), DEVICES).reshape(-1),
        }
        return take_step(state, grads, metrics, optimizer, averaging(config.optim))

    return train_step


def make_hearing(
    model: Recogniser, config: Config, stats: Stats, said: np.ndarray
) -> Callable[[Params, Batch, Bool[Array, "b"]], Heard]:
    def hear(params: Params, batch: Batch, valid: Bool[Array, "b"]) -> Heard:
        features = extract(batch, config.audio, stats)
        reference, reference_lengths = targets(features.tokens, features.text_mask, said)
        log_probs, mask = model.apply({"params": params}, features.mel, features.mel_lengths, train=False)
        errors, _ = ctc_errors(log_probs, cast(Array, mask), reference, reference_lengths)
        heard = best_path(log_probs, cast(Array, mask))
        one = Heard(*heard, reference, reference_lengths, errors, valid)
        return jax.tree.map(lambda x: jax.lax.all_gather(x, DEVICES, tiled=True), one)

    return hear
