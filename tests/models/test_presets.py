from types import ModuleType

import jax
import pytest

from configs import big, normal, small, tiny
from xtts_jax import config as configuration
from xtts_jax.models.initial import param_shapes
from xtts_jax.models.xtts import XTTS

N_VOCAB, N_LANGUAGES = 120, 2


@pytest.mark.parametrize(
    ("preset", "low", "high"),
    [(tiny, 4e6, 7e6), (small, 12e6, 18e6), (normal, 50e6, 70e6), (big, 350e6, 450e6)],
    ids=["tiny", "small", "normal", "big"],
)
def test_a_preset_builds_a_model_of_its_documented_size(preset: ModuleType, low: float, high: float):
    model = XTTS(configuration.build(preset.get_config()), N_VOCAB, N_LANGUAGES)
    shapes = param_shapes(model)
    assert low < sum(leaf.size for leaf in jax.tree.leaves(shapes)) < high
    assert {leaf.dtype for leaf in jax.tree.leaves(shapes)} == {jax.numpy.dtype("float32")}
