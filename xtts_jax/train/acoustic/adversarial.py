"""A model that learns from the mel's L1 error and, from `adversarial.start` on, against discriminators.

L1 alone draws the average of all ways to say a text: too smooth, which sounds blurred. Discriminators see
this at once, and their gradient brings the detail back; the vocoder can stay as it is (Guo et al. 2022; Yang
et al. 2021, "GANSpeech").
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from xtts_jax.config import Config
from xtts_jax.losses.adversarial import deception, discrimination, mean_score, relative_feature_matching
from xtts_jax.models.discriminators.verdict import Verdict
from xtts_jax.models.discriminators.windows import WindowDiscriminators, Windows, cut
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.xtts import XTTS
from xtts_jax.train.acoustic.step import Learn, Part, Shown, draw
from xtts_jax.train.health import Metrics
from xtts_jax.train.optimizer import adamw, learning_rate
from xtts_jax.train.state import DISCRIMINATORS, Params, TrainState
from xtts_jax.types import Batch, Stats

KIND = "least_squares"  # in `losses.adversarial`
Step = Callable[[TrainState, Batch], tuple[TrainState, Metrics]]
Pieces = tuple[Float[Array, "b _ m"], ...]
Judge = Callable[[Params, Pieces], list[Verdict]]


def windows_of(config: Config) -> Windows:
    return Windows(config.adversarial.windows, config.adversarial.width)


def open_judge(config: Config) -> tuple[Judge, Params]:
    """The discriminators, as a pure function, and fresh params."""
    discriminators = WindowDiscriminators(windows_of(config), compute_dtype(config.compute_dtype))
    pieces = tuple(jnp.zeros((1, frames, config.audio.n_mels)) for frames in config.adversarial.windows)
    params = jax.jit(discriminators.init)(jax.random.key(config.train.seed), pieces)["params"]

    def judge(params: Params, pieces: Pieces) -> list[Verdict]:
        return cast(list[Verdict], discriminators.apply({"params": params}, pieces))

    return judge, params


def optimizer_of(config: Config) -> optax.GradientTransformation:
    """That of the discriminators, whose learning rate is zero until `adversarial.start`.

    They change, and the model with them, so that old gradients mislead: hence the short moments. The steps
    before count, so their first updates lack Adam's bias correction; the warm-up keeps these small.
    """
    start, rate = config.adversarial.start, config.adversarial.learning_rate
    optim = replace(config.optim, learning_rate=rate, b1=0.5, b2=0.9, clip_norm=5.0)
    after = learning_rate(optim, max(config.train.steps - start, 1))
    return adamw(optim, optax.join_schedules([optax.constant_schedule(0.0), after], [start]))


def learn_to_deceive(model: XTTS, stats: Stats, judge: Judge) -> Learn:
    """Learning from the mel, and from what discriminators say of pieces of it; they learn at the same time.

    Each side moves against the other as it was before the step.
    """
    adversarial, windows = model.config.adversarial, windows_of(model.config)

    def learn(params: Params, part: Part) -> tuple[Params, Shown]:
        lengths, real = part.features.mel_lengths, part.features.mel_mask[..., None]
        dropout, places = jax.random.split(part.key)
        recorded = cut(part.features.mel * real, lengths, windows, places)

        def deceive(params: Params) -> tuple[Array, tuple[Pieces, Metrics, Shown]]:
            total, outputs, shown = draw(model, stats, params, part._replace(key=dropout))
            drawn = cut(outputs.mel * real, lengths, windows, places)
            theirs, ours = (judge(params[DISCRIMINATORS], pieces) for pieces in (recorded, drawn))
            terms = {
                "adversarial/deception": _mean(deception(verdict, KIND) for verdict in ours),
                "adversarial/feature_matching": _mean(map(relative_feature_matching, theirs, ours)),
            }
            total += adversarial.deception * terms["adversarial/deception"]
            total += adversarial.feature_matching * terms["adversarial/feature_matching"]
            return total, (drawn, terms, shown)

        def discriminate(params: Params, drawn: Pieces) -> tuple[Array, Metrics]:
            theirs, ours = (judge(params, pieces) for pieces in (recorded, drawn))
            loss = _mean(discrimination(*pair, KIND) for pair in zip(theirs, ours, strict=True))
            scores = {"score/recorded": mean_score(theirs), "score/generated": mean_score(ours)}
            return loss, {"adversarial/discriminators": loss} | scores

        grads, (drawn, terms, (metrics, measures, finite)) = jax.grad(deceive, has_aux=True)(params)
        against, verdicts = jax.grad(discriminate, has_aux=True)(params[DISCRIMINATORS], drawn)
        return grads | {DISCRIMINATORS: against}, (metrics | terms | verdicts, measures, finite)

    return learn


def at_rest(step: Step, params: Params) -> Step:
    """`step` of a run whose discriminators do not learn yet, so that no figure speaks of them."""
    resting = [
        name == DISCRIMINATORS for name, module in sorted(params.items()) for _ in jax.tree.leaves(module)
    ]

    def stepping(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        state, metrics = step(state, batch)
        norms = jnp.where(jnp.array(resting), jnp.nan, metrics["leaf_grad_norm"])
        shown = {name: value for name, value in metrics.items() if not name.endswith(f"/{DISCRIMINATORS}")}
        return state, shown | {"leaf_grad_norm": norms}

    return stepping


def _mean(values: Iterable[Array]) -> Array:
    return jnp.stack(list(values)).mean()
