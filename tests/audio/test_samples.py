"""Samples in int16 and in float32."""

import jax
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from xtts_jax.audio.samples import to_float32, to_int16


@given(st_numpy.arrays(np.float32, 50, elements=st.floats(-1, 1, width=32)))
def test_samples_survive_to_half_a_step(audio: np.ndarray) -> None:
    np.testing.assert_allclose(to_float32(to_int16(audio)), audio, atol=0.5 / 32767 + 1e-7)


def test_samples_past_full_scale_are_clipped_not_wrapped() -> None:
    np.testing.assert_array_equal(to_int16(np.array([1.5, -1.5])), [32767, -32767])


def test_a_compiled_function_gets_the_same_floats_to_rounding() -> None:
    samples = np.array([[-32768, -1, 0, 1, 12345, 32767]], np.int16)
    found = jax.jit(to_float32)(samples)
    assert found.dtype == to_float32(samples).dtype == np.float32
    np.testing.assert_allclose(found, to_float32(samples), rtol=2e-7)
