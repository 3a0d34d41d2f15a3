"""How the averaged params follow the params."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.config import Config
from xtts_jax.train.step import averaging


@pytest.mark.parametrize(("warmup", "left"), [(True, 0.0), (False, 0.99**200)])
def test_the_first_params_are_forgotten_or_kept(tiny_config: Config, warmup: bool, left: float) -> None:
    decay = averaging(replace(tiny_config.optim, ema_decay=0.99, ema_warmup=warmup))
    average = 1.0  # the first params are 1, all others 0
    for step in range(200):
        average = float(decay(jnp.asarray(step))) * average
    np.testing.assert_allclose(average, left, atol=1e-5)
