"""A checkpoint of another model than the configuration's is refused, and says where they differ."""

from pathlib import Path

import jax
import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.runs.shapes import require_shapes

PARAMS = {"encoder": {"kernel": np.zeros((4, 3)), "bias": np.zeros(3)}, "scale": np.zeros(())}


def shapes(**changes: tuple[int, ...]) -> dict:
    found = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), PARAMS)
    found["encoder"] |= {name: jax.ShapeDtypeStruct(shape, np.float32) for name, shape in changes.items()}
    return found


def test_equal_shapes_and_more_params_pass() -> None:
    require_shapes(PARAMS, shapes(), Path("run"))
    require_shapes(PARAMS | {"more": np.zeros(2)}, shapes(), Path("run"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kernel": (4, 5)}, "1 of 3 params differ (encoder/kernel is 4 x 3, not 4 x 5)"),
        ({"bias": ()}, "1 of 3 params differ (encoder/bias is 3, not one number)"),
        ({"gate": (2,)}, "1 of 4 params differ (encoder/gate is missing, not 2)"),
    ],
)
def test_the_first_differences_are_named(changes: dict[str, tuple[int, ...]], said: str) -> None:
    with pytest.raises(UserError) as caught:
        require_shapes(PARAMS, shapes(**changes), Path("run"))
    assert said in str(caught.value) and "The checkpoint in run is not" in str(caught.value)
