"""Learning rate, what is frozen, what decays."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.config import Config, Optim
from xtts_jax.errors import UserError
from xtts_jax.train.optimizer import describe_modules, labels, learning_rate, make_optimizer

PARAMS = {
    "encoder": {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)},
    "decoder": {"kernel": jnp.ones((3, 4)), "bias": jnp.ones(4)},
}


@pytest.fixture
def optim(tiny_config: Config) -> Optim:
    return replace(
        tiny_config.optim, learning_rate=0.5, warmup_steps=100, final_fraction=0.1, weight_decay=0.2
    )


def test_learning_rate_warms_up_to_its_peak_and_ends_at_its_fraction(optim: Optim) -> None:
    schedule = learning_rate(optim, steps=2000)
    assert schedule(0) == pytest.approx(0.005)
    assert schedule(50) == pytest.approx((0.005 + 0.5) / 2)
    assert schedule(100) == pytest.approx(0.5)
    assert schedule(1050) == pytest.approx((0.5 + 0.05) / 2, rel=1e-4), "half-way of a cosine is the mean"
    assert schedule(2000) == pytest.approx(0.05)
    rates = np.array([schedule(step) for step in range(0, 2001, 20)])
    assert (np.diff(rates[:6]) > 0).all() and (np.diff(rates[5:]) < 0).all()


def test_warm_up_takes_at_most_a_tenth_of_a_short_run(optim: Optim) -> None:
    assert learning_rate(optim, steps=50)(5) == pytest.approx(0.5)
    assert np.asarray(learning_rate(optim, steps=1)(0)) > 0


def test_labels_follow_the_names_of_the_modules() -> None:
    assert jax.tree.leaves(labels(PARAMS, ("encoder",))) == ["trained", "trained", "frozen", "frozen"]


def test_a_part_of_a_module_may_be_frozen(optim: Optim) -> None:
    found = labels(PARAMS, ("encoder/kernel",))
    assert found["encoder"] == {"kernel": "frozen", "bias": "trained"}
    assert set(found["decoder"].values()) == {"trained"}
    row = describe_modules(PARAMS, replace(optim, freeze=("encoder/kernel",))).splitlines()[0]
    assert row.endswith("trained, peak learning rate 0.5, except encoder/kernel")
    with pytest.raises(UserError, match="'encoder/ker', which is not a module"):
        labels(PARAMS, ("encoder/ker",))


def test_frozen_name_that_is_no_module_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UserError, match=r"'encodre', which is not a module.*decoder, encoder"):
        labels(PARAMS, ("encodre",))


def test_matrices_decay_and_vectors_and_frozen_modules_do_not(optim: Optim) -> None:
    optimizer = make_optimizer(replace(optim, freeze=("encoder",)), 0.5, PARAMS)
    nothing = jax.tree.map(jnp.zeros_like, PARAMS)
    updates: Any = optimizer.update(nothing, optimizer.init(PARAMS), PARAMS)[0]
    np.testing.assert_allclose(updates["decoder"]["kernel"], -0.5 * 0.2, rtol=1e-6)
    assert not updates["decoder"]["bias"].any()
    assert not updates["encoder"]["kernel"].any()


def test_first_update_is_the_learning_rate_however_large_the_gradient(optim: Optim) -> None:
    optimizer = make_optimizer(replace(optim, weight_decay=0.0), 0.5, PARAMS)
    huge = jax.tree.map(lambda leaf: 1e6 * jnp.ones_like(leaf), PARAMS)
    updates, _ = optimizer.update(huge, optimizer.init(PARAMS), PARAMS)
    for leaf in jax.tree.leaves(updates):
        np.testing.assert_allclose(leaf, -0.5, rtol=1e-4)


def test_table_counts_and_says_what_is_frozen(optim: Optim) -> None:
    rows = describe_modules(PARAMS, replace(optim, freeze=("encoder",))).splitlines()
    assert [row.split()[:2] for row in rows] == [["encoder", "9"], ["decoder", "16"], ["all", "25"]]
    assert rows[0].endswith("frozen") and "trained" in rows[1]


def test_freezing_every_module_is_refused() -> None:
    with pytest.raises(UserError, match="nothing is left to train"):
        labels(PARAMS, ("decoder", "encoder"))
