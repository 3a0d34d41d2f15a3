"""The terms of discriminators, by hand."""

import jax
import jax.numpy as jnp
import pytest

from xtts_jax.losses import adversarial
from xtts_jax.models.discriminators.verdict import Verdict


def verdict(*scores: float) -> Verdict:
    values = jnp.asarray([scores])
    return Verdict(values, (values,))


def test_adversarial_terms_by_hand() -> None:
    real, fake = verdict(0.5, 2.0), verdict(-3.0, 0.5)
    values = {
        kind: (float(adversarial.discrimination(real, fake, kind)), float(adversarial.deception(fake, kind)))
        for kind in ("least_squares", "hinge")
    }
    assert values["least_squares"] == pytest.approx(((0.25 + 1) / 2 + (9 + 0.25) / 2, (16 + 0.25) / 2))
    assert values["hinge"] == pytest.approx((0.5 / 2 + 1.5 / 2, (3 - 0.5) / 2))


@pytest.mark.parametrize("kind", ["least_squares", "hinge"])
def test_the_generator_has_a_gradient_however_low_its_score(kind: str) -> None:
    for score in (0.0, -10.0, -1e4):
        assert jax.grad(lambda score: adversarial.deception(verdict(score), kind))(score) <= -1


def test_feature_matching_sums_means_over_layers_and_is_zero_for_equal_waves() -> None:
    ones = jnp.ones((1, 2))
    real = Verdict(ones, (jnp.asarray([[1.0, 2.0]]), jnp.asarray([[[5.0]]]), ones))
    fake = Verdict(ones, (jnp.asarray([[3.0, 2.0]]), jnp.asarray([[[2.0]]]), ones))
    assert adversarial.feature_matching(real, fake) == pytest.approx(1 + 3)
    assert adversarial.feature_matching(real, real) == 0


def test_relative_feature_matching_is_a_mean_over_layers_without_the_scores() -> None:
    ones = jnp.ones((1, 2))
    real = Verdict(ones, (jnp.asarray([[1.0, 3.0]]), jnp.asarray([[[5.0]]]), ones))
    fake = Verdict(ones, (jnp.asarray([[2.0, 2.0]]), jnp.asarray([[[0.0]]]), 9 * ones))
    assert adversarial.relative_feature_matching(real, fake) == pytest.approx((0.5 + 1) / 2, rel=1e-3)
    assert adversarial.relative_feature_matching(real, real) == 0


def test_families_are_weighted_and_their_discriminators_averaged() -> None:
    verdicts = {"periods": [verdict(1.0), verdict(3.0)], "resolutions": [verdict(10.0)]}
    result = adversarial.over_families(
        lambda each: adversarial.deception(each, "hinge"), (verdicts,), {"periods": 1.0, "resolutions": 0.1}
    )
    assert result == pytest.approx(-2 - 1)
