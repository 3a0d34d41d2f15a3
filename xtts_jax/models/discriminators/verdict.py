"""The output of a discriminator for a batch of waveforms."""

from typing import NamedTuple

from jaxtyping import Array, Float


class Verdict(NamedTuple):
    scores: Float[Array, "b n"]  # float32, one for each position
    features: tuple[Float[Array, "..."], ...]  # the outputs of all layers, the scores last
