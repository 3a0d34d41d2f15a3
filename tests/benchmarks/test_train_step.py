"""How benchmarks/train_step.py counts operations."""

import jax
import jax.numpy as jnp
import pytest

from benchmarks.train_step import matrix_flop
from xtts_jax.errors import UserError

ONE = 2 * 3 * 5 * 7  # operations of the product of a (3, 5) and a (5, 7) matrix
LEFT, RIGHT = jnp.ones((3, 5)), jnp.ones((5, 7))


def flop(function, *arguments) -> int:
    return matrix_flop(jax.make_jaxpr(function)(*arguments).jaxpr)


def test_a_product_is_two_operations_per_multiplication() -> None:
    assert flop(lambda x, y: jnp.tanh(x @ y), LEFT, RIGHT) == ONE
    assert (
        flop(lambda x, y: jnp.einsum("bik,bkj->bij", x, y), jnp.ones((4, 3, 5)), jnp.ones((4, 5, 7)))
        == 4 * ONE
    )


def test_every_iteration_of_a_loop_counts() -> None:
    def turns(x, y):
        return jax.lax.scan(lambda carry, _: (carry, jax.jit(jnp.matmul)(carry, y)), x, length=6)[1]

    assert flop(turns, LEFT, RIGHT) == 6 * ONE


def test_a_gradient_for_both_factors_costs_three_forward_passes() -> None:
    assert flop(jax.grad(lambda x, y: jnp.sum((x @ y) ** 2), argnums=(0, 1)), LEFT, RIGHT) == 3 * ONE


def test_a_convolution_counts_its_taps_but_not_the_zeros_that_its_gradient_inserts() -> None:
    def strided(x, kernel):
        return jax.lax.conv_general_dilated(
            x, kernel, (2,), [(0, 0)], dimension_numbers=("NWC", "WIO", "NWC")
        )

    def squares(x, kernel):
        return jnp.sum(strided(x, kernel) ** 2)

    x, kernel = jnp.ones((4, 12, 5)), jnp.ones((2, 5, 7))
    forward = 2 * 4 * 6 * 2 * 5 * 7
    assert flop(strided, x, kernel) == forward
    assert flop(jax.grad(squares, argnums=(0, 1)), x, kernel) == 3 * forward


def test_products_in_a_loop_of_unknown_length_are_not_guessed() -> None:
    def until_large(x):
        return jax.lax.while_loop(lambda y: y.sum() < 100, lambda y: y @ jnp.ones((5, 5)), x)

    with pytest.raises(UserError, match="unknown"):
        flop(until_large, LEFT)
