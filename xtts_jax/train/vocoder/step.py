"""A vocoder's training step, which is pure: a generator, and discriminators that judge its waveforms."""

from collections.abc import Callable
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Audio
from xtts_jax.losses import vocoder as losses
from xtts_jax.train import health
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import DISCRIMINATORS, GENERATOR, Params, TrainState
from xtts_jax.train.step import DEVICES, Decay, device_key, over_parts, split
from xtts_jax.train.vocoder.duel import Judge, Objective, duel, truce

Apply = Callable[[Params, Array], Float[Array, "b s"]]  # params, mel -> waveforms
Learned = tuple[Params, Metrics]  # gradients, and what the clips show


class Clips(NamedTuple):
    """Equally long pieces of recordings, s = t * hop_length, and the generator's input for them."""

    audio: Float[np.ndarray | Array, "b s"]
    mel: Float[np.ndarray | Array, "b t m"]  # nat; of the recording, or predicted by an acoustic model


class Optimizers(NamedTuple):
    generator: optax.GradientTransformation
    discriminators: optax.GradientTransformation  # its schedule starts when they start


def init_vocoder_state(
    generator: Params, discriminators: Params, optimizers: Optimizers, seed: int
) -> TrainState:
    """The state before the first step; `ema` holds only the generator, which is all that synthesis needs."""
    zero, params = jnp.zeros((), jnp.int32), {GENERATOR: generator, DISCRIMINATORS: discriminators}
    opt_state = {
        GENERATOR: optimizers.generator.init(generator),
        DISCRIMINATORS: optimizers.discriminators.init(discriminators),
    }
    ema = {GENERATOR: jax.tree.map(jnp.copy, generator)}
    return TrainState(zero, params, ema, cast(optax.OptState, opt_state), jnp.asarray(seed, jnp.int32), zero)


def make_vocoder_step(
    generate: Apply,
    judge: Judge,
    optimizers: Optimizers,
    audio: Audio,
    objective: Objective,
    decay: Decay,
    *,
    dueling: bool,
    accumulate: int,
) -> Callable[[TrainState, Clips], tuple[TrainState, Metrics]]:
    """A step over one device's share of the batch; gradients and metrics are means over all devices.

    Without `dueling` the generator learns alone and the discriminators stand still. These are two separate
    programs with the same state and metrics, because XLA runs convolutions under a `lax.cond` 20 times
    slower on a CPU. Both sides move at the same time, each against the other as it was before the step,
    so that every waveform is generated once and judged once.
    accumulate: the number of parts in which the share is computed.
    """

    def norms_of(recorded: Float[np.ndarray | Array, "p b s"]) -> Float[Array, "r"]:
        norms, _ = over_parts(
            lambda index: (losses.recorded_norms(jnp.asarray(recorded[index]), objective.n_ffts, audio), ()),
            accumulate,
        )
        return jax.lax.pmean(norms, DEVICES)

    def reconstruct(generated: Array, recorded: Array, norms: Array) -> tuple[Array, Metrics]:
        spectral = losses.spectral(generated, recorded, norms, objective.n_ffts, audio)
        terms = {
            "loss/mel": losses.mel(generated, recorded, audio),
            "loss/spectral_convergence": spectral.convergence,
            "loss/log_magnitude": spectral.log_magnitude,
            "loss/stft": spectral.convergence + spectral.log_magnitude,
        }
        return objective.mel * terms["loss/mel"] + objective.stft * terms["loss/stft"], terms

    def learn(params: Params, clips: Clips, norms: Array, offset: Array) -> tuple[Learned, Array]:
        recorded = jnp.asarray(clips.audio)
        generated, pull_back = jax.vjp(lambda p: generate(p, jnp.asarray(clips.mel)), params[GENERATOR])
        slope, metrics = jax.grad(reconstruct, has_aux=True)(generated, recorded, norms)
        discriminators = params[DISCRIMINATORS]
        if dueling:
            found = duel(judge, discriminators, generated, recorded, offset, audio, objective)
        else:
            found = truce(discriminators, generated)
        (generator_grads,) = pull_back(slope + found.waveform_slope)
        grads = {GENERATOR: generator_grads, DISCRIMINATORS: found.grads}
        metrics |= found.metrics | _measure(generated, recorded, audio)
        return (grads, metrics), jnp.isfinite(generated.sum(axis=1) + recorded.sum(axis=1))

    def step(state: TrainState, clips: Clips) -> tuple[TrainState, Metrics]:
        parts = split(clips, accumulate)
        norms = norms_of(parts.audio)
        offset = _offset(state, clips.mel.shape[1], objective) * audio.hop_length

        def micro_step(index: Array | int) -> tuple[Learned, Array]:
            mine = jax.tree.map(lambda x: x[index], parts)
            return learn(state.params, mine, norms, offset)

        means, finite = over_parts(micro_step, accumulate, convolving=True)
        grads, metrics = jax.lax.pmean(means, DEVICES)
        metrics["loss/total"] = _total(metrics, objective)
        metrics["utterance_finite"] = jax.lax.all_gather(finite.reshape(-1), DEVICES).reshape(-1)
        return _apply(state, grads, metrics, optimizers, dueling, decay)

    return step


def _offset(state: TrainState, frames: int, objective: Objective) -> Int[Array, ""]:
    """Where the piece that the discriminators see begins, in frames; differs between devices."""
    return jax.random.randint(device_key(state), (), 0, frames - objective.adversarial_frames + 1)


def _measure(generated: Float[Array, "b s"], recorded: Float[Array, "b s"], audio: Audio) -> Metrics:
    """The mel error in nat, computed separately from the loss; loudness and peaks of the waveforms."""
    mel, target = log_mel(generated, audio), log_mel(recorded, audio)
    return {
        "mel_l1": jnp.abs(mel - target).sum() / mel.size,
        "loudness_ratio": jnp.sqrt(jnp.square(generated).mean() / (jnp.square(recorded).mean() + 1e-12)),
        "saturated": (jnp.abs(generated) > 1).mean(),
    }


def _total(metrics: Metrics, objective: Objective) -> Float[Array, ""]:
    """What the generator minimizes."""
    return (
        objective.mel * metrics["loss/mel"]
        + objective.stft * metrics["loss/stft"]
        + objective.adversarial * metrics["loss/adversarial"]
        + objective.feature_matching * metrics["loss/feature_matching"]
    )


def _apply(
    state: TrainState,
    grads: Params,
    metrics: Metrics,
    optimizers: Optimizers,
    dueling: bool,
    decay: Decay,
) -> tuple[TrainState, Metrics]:
    """The update, or the old state with one more `skipped` where a loss or gradient is not finite.

    Discriminators that stand still keep their optimizer state too: their schedule has not begun.
    """
    norms = health.leaf_norms(grads)
    norm = health.total_norm(norms)
    finite = jnp.isfinite(norm + metrics["loss/total"] + metrics["loss/discriminators"])
    moments = cast(Params, state.opt_state)
    params, opt_state = dict(state.params), dict(moments)
    for name, optimizer in optimizers._asdict().items():
        if name == GENERATOR or dueling:
            changes, opt_state[name] = optimizer.update(grads[name], moments[name], state.params[name])
            params[name] = cast(Params, optax.apply_updates(state.params[name], changes))
    ema = optax.incremental_update({GENERATOR: params[GENERATOR]}, state.ema, 1 - decay(state.step))
    params, ema, opt_state = jax.tree.map(
        lambda new, old: jnp.where(finite, new, old),
        (params, ema, opt_state),
        (state.params, state.ema, moments),
    )
    skipped = jnp.where(finite, 0, state.skipped + 1)
    new = TrainState(state.step + 1, params, ema, cast(optax.OptState, opt_state), state.seed, skipped)
    return new, metrics | _movement(state, new, norms, dueling) | {"grad_norm": norm, "skipped": skipped}


def _movement(before: TrainState, after: TrainState, norms: Params, dueling: bool) -> Metrics:
    """`health.movement`, but waiting discriminators count neither as unmoved nor as without gradient."""
    metrics = health.movement(before, after, norms)
    if dueling:
        return metrics
    unknown = jax.tree.map(lambda norm: jnp.full_like(norm, jnp.nan), norms[DISCRIMINATORS])
    leaves = jax.tree.leaves(norms | {DISCRIMINATORS: unknown})
    return metrics | {f"unmoved/{DISCRIMINATORS}": jnp.zeros(()), "leaf_grad_norm": jnp.stack(leaves)}
