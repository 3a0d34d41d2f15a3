"""What the discriminators of waveforms contribute to a vocoder's step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from xtts_jax.config import Audio
from xtts_jax.losses import adversarial
from xtts_jax.models.discriminators import Verdicts
from xtts_jax.models.discriminators.verdict import Verdict
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params

Judge = Callable[[Params, Array], Verdicts]  # params, waveforms -> verdicts


@dataclass(frozen=True)
class Objective:
    mel: float  # weights of the terms of `losses.vocoder`
    stft: float
    adversarial: float
    feature_matching: float
    periods: float  # weights of the two families, in both terms above and in the discriminators' own loss
    resolutions: float
    kind: str  # adversarial loss: "least_squares" or "hinge"
    n_ffts: tuple[int, ...]  # for the STFT terms
    adversarial_frames: int  # in every clip that the discriminators see, from a random place

    @property
    def families(self) -> dict[str, float]:
        return {"periods": self.periods, "resolutions": self.resolutions}


class Duel(NamedTuple):
    """What the discriminators contribute to a step."""

    metrics: Metrics
    waveform_slope: Float[Array, "b s"]  # gradient of the generator's weighted terms
    grads: Params  # for the discriminators


def duel(
    judge: Judge,
    params: Params,
    generated: Float[Array, "b s"],
    recorded: Float[Array, "b s"],
    offset: Int[Array, ""],
    audio: Audio,
    objective: Objective,
) -> Duel:
    """Losses and gradients of both sides. XLA merges the two passes over equal waveforms into one."""
    families, kind = objective.families, objective.kind
    length = objective.adversarial_frames * audio.hop_length

    def piece(waveforms: Array) -> Array:
        return jax.lax.dynamic_slice_in_dim(waveforms, offset, length, axis=1)

    def discriminate(params: Params) -> tuple[Array, Metrics]:
        real, fake = judge(params, piece(recorded)), judge(params, piece(generated))
        loss = adversarial.over_families(
            lambda ours, theirs: adversarial.discrimination(ours, theirs, kind), (real, fake), families
        )
        scores = {
            "score/recorded": adversarial.mean_score(_all(real)),
            "score/generated": adversarial.mean_score(_all(fake)),
        }
        return loss, {"loss/discriminators": loss} | scores

    def deceive(generated: Array) -> tuple[Array, Metrics]:
        real, fake = judge(params, piece(recorded)), judge(params, piece(generated))
        deception = adversarial.over_families(
            lambda each: adversarial.deception(each, kind), (fake,), families
        )
        matching = adversarial.over_families(adversarial.feature_matching, (real, fake), families)
        terms = {"loss/adversarial": deception, "loss/feature_matching": matching}
        return objective.adversarial * deception + objective.feature_matching * matching, terms

    grads, metrics = jax.grad(discriminate, has_aux=True)(params)
    slope, terms = jax.grad(deceive, has_aux=True)(generated)
    return Duel(metrics | terms, slope, grads)


def truce(params: Params, generated: Float[Array, "b s"]) -> Duel:
    names = ("discriminators", "adversarial", "feature_matching")
    metrics = {f"loss/{name}": jnp.zeros(()) for name in names}
    metrics |= {"score/recorded": jnp.zeros(()), "score/generated": jnp.zeros(())}
    return Duel(metrics, jnp.zeros_like(generated), jax.tree.map(jnp.zeros_like, params))


def _all(verdicts: Verdicts) -> list[Verdict]:
    return [verdict for family in verdicts.values() for verdict in family]
