"""The loss terms of both sides where discriminators tell recordings from what a model generates."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.models.discriminators import Verdicts
from xtts_jax.models.discriminators.verdict import Verdict

Scalar = Float[Array, ""]


def deception(generated: Verdict, kind: str) -> Scalar:
    """The model's loss: least squares (Mao et al. 2017) or hinge (Lim & Ye 2017, unclipped)."""
    match kind:
        case "least_squares":
            return jnp.square(1 - generated.scores).mean()
        case "hinge":
            return -generated.scores.mean()
    raise ValueError(kind)


def discrimination(recorded: Verdict, generated: Verdict, kind: str) -> Scalar:
    """The discriminator's loss. Targets: 1 if recorded; if generated, 0 (least squares) or -1 (hinge)."""
    match kind:
        case "least_squares":
            return jnp.square(1 - recorded.scores).mean() + jnp.square(generated.scores).mean()
        case "hinge":
            return jax.nn.relu(1 - recorded.scores).mean() + jax.nn.relu(1 + generated.scores).mean()
    raise ValueError(kind)


def feature_matching(recorded: Verdict, generated: Verdict) -> Scalar:
    """The sum over layers of the mean absolute difference (Kumar et al. 2019, equation 4)."""
    pairs = zip(recorded.features, generated.features, strict=True)
    return sum((jnp.abs(theirs - ours).mean() for theirs, ours in pairs), jnp.zeros(()))


def relative_feature_matching(recorded: Verdict, generated: Verdict) -> Scalar:
    """The same as a mean, each layer's difference over the mean size of its features for recordings.

    So it is near 1 for a model that has learned nothing, however large the features grow. The scores, which
    `deception` is for, are left out.
    """
    pairs = zip(recorded.features[:-1], generated.features[:-1], strict=True)
    sizes = [(jnp.abs(theirs - ours).mean(), jnp.abs(theirs).mean()) for theirs, ours in pairs]
    return jnp.stack([difference / (size + 1e-4) for difference, size in sizes]).mean()


def over_families(
    term: Callable[..., Scalar], verdicts: tuple[Verdicts, ...], weights: dict[str, float]
) -> Scalar:
    """The weighted sum over families of discriminators of a term's mean over each family."""
    total = jnp.zeros(())
    for family, weight in weights.items():
        values = [term(*each) for each in zip(*(v[family] for v in verdicts), strict=True)]
        total += weight * jnp.stack(values).mean()
    return total


def mean_score(verdicts: list[Verdict]) -> Scalar:
    """The mean over discriminators."""
    return jnp.stack([verdict.scores.mean() for verdict in verdicts]).mean()
