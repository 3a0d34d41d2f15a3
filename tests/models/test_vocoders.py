from dataclasses import replace
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from vocoder_params import random_params

from configs import base
from xtts_jax import config as configuration
from xtts_jax.errors import UserError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders import spec as specs
from xtts_jax.models.vocoders.stream import pieces

AUDIO = configuration.build(base.get_config()).audio
SMALL = {
    "istft": specs.Istft(width=16, hidden=24, layers=2),
    "refined": specs.Istft(width=16, hidden=24, layers=2, refinements=2),
    "pairs": replace(specs.HIFIGAN_V1, upsample_initial_channel=32),
    "singles": replace(specs.HIFIGAN_V3, upsample_initial_channel=32),
}


def built(name: str) -> tuple[vocoders.Generator, dict]:
    generator = vocoders.build(SMALL[name], AUDIO, jnp.dtype("float32"))
    return generator, {"params": random_params(generator)}


def speak(generator: vocoders.Generator, params: dict, mel: jax.Array) -> jax.Array:
    return cast(jax.Array, generator.apply(params, mel))


def log_mel(frames: int) -> jax.Array:
    return -5 + 2 * jax.random.normal(jax.random.key(frames), (2, frames, AUDIO.n_mels))


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("frames", [1, 2, 37])
def test_every_frame_gives_a_hop_of_samples(name, frames):
    generator, params = built(name)
    shape = jax.eval_shape(generator.apply, params, log_mel(frames)).shape
    assert shape == (2, frames * AUDIO.hop_length)


@pytest.mark.parametrize("name", SMALL)
def test_samples_depend_on_the_receptive_field_only(name):
    generator, params = built(name)
    reach, middle = generator.receptive_field, 40
    hop = slice(middle * AUDIO.hop_length, (middle + 1) * AUDIO.hop_length)

    @jax.jit
    @jax.grad
    def influence(mel):
        return jnp.sum(speak(generator, params, mel)[:, hop] ** 2)

    of_frame = np.abs(influence(log_mel(2 * middle + 1))).max(axis=(0, 2))
    (heard,) = np.nonzero(of_frame)
    # A transposed convolution does not reach whole frames, so the bound may be one frame too large.
    assert reach - 1 <= middle - heard[0] <= reach
    assert reach - 1 <= heard[-1] - middle <= reach


@pytest.mark.parametrize("name", SMALL)
def test_every_param_receives_gradient(name):
    generator, params = built(name)
    target = jax.random.normal(jax.random.key(1), (2, 20 * AUDIO.hop_length))

    @jax.jit
    @jax.grad
    def gradient(params):
        return jnp.mean((speak(generator, params, log_mel(20)) - target) ** 2)

    assert all(jnp.abs(leaf).max() > 0 for leaf in jax.tree.leaves(gradient(params)))


def test_a_huge_magnitude_is_limited_and_its_gradient_finite():
    generator, params = built("istft")
    bias = params["params"]["head"]["out"]["bias"]
    loud = jax.tree.map(lambda leaf: jnp.where(leaf is bias, 1000.0, leaf), params)
    value, gradient = jax.jit(
        jax.value_and_grad(lambda params: jnp.mean(speak(generator, params, log_mel(20)) ** 2))
    )(loud)
    assert jnp.isfinite(value)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_the_sizes_are_those_of_the_papers():
    def millions(spec: specs.Spec, n_mels: int) -> float:
        generator = vocoders.build(spec, replace(AUDIO, n_mels=n_mels), jnp.dtype("float32"))
        shapes = jax.eval_shape(generator.init, jax.random.key(0), jnp.zeros((1, 4, n_mels)))
        return sum(leaf.size for leaf in jax.tree.leaves(shapes)) / 1e6

    hifigans = (specs.HIFIGAN_V1, specs.HIFIGAN_V2, specs.HIFIGAN_V3)
    assert [round(millions(spec, 80), 2) for spec in hifigans] == [13.93, 0.93, 1.46]
    assert round(millions(specs.Istft(512, 1536, 8), 100), 1) == 13.5


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"upsample_rates": (8, 8, 2, 4)}, "multiply to 512"),
        ({"upsample_kernel_sizes": (16, 16, 5, 4)}, "even numbers"),
        ({"resblock_kernel_sizes": (3, 7)}, "a row for each"),
        ({"resblock_kernel_sizes": (3, 7, 10)}, "odd"),
        ({"upsample_initial_channel": 24}, "divisible by 2"),
        ({"resblock": "3"}, "resblock must be"),
    ],
)
def test_invalid_specs_have_a_complaint(changes, named):
    assert specs.complaints(specs.HIFIGAN_V1, AUDIO) == []
    (complaint,) = specs.complaints(replace(specs.HIFIGAN_V1, **changes), AUDIO)
    assert named in complaint


def test_a_setting_of_the_wrong_type_is_named():
    with pytest.raises(UserError, match="width"):
        specs.typed(specs.Istft, {"width": "wide", "hidden": 1, "layers": 1, "refinements": 0}, "here")
    with pytest.raises(UserError, match="layers"):
        specs.typed(specs.Istft, {"width": 1, "hidden": 1, "refinements": 0}, "here")


@pytest.mark.parametrize("frames", [1, 5, 13, 14, 50, 64, 200, 1000])
@pytest.mark.parametrize(("first", "following", "reach"), [(5, 20, 8), (26, 86, 29), (1, 1, 0)])
def test_pieces_are_consecutive_and_see_enough_frames(frames, first, following, reach):
    cut = list(pieces(frames, first, following, reach))
    assert [piece.start for piece in cut] == [0, *[piece.stop for piece in cut[:-1]]]
    assert cut[-1].stop == frames
    for piece in cut:
        assert piece.seen_from <= max(0, piece.start - reach)
        assert piece.seen_to >= min(frames, piece.stop + reach)
    assert len({piece.seen_to - piece.seen_from for piece in cut}) <= 2
