"""What a discriminator says of a batch of waveforms."""

from typing import NamedTuple

from jaxtyping import Array, Float


class Verdict(NamedTuple):
    scores: Float[Array, "b n"]  # one for each place it looks at; float32
    features: tuple[Float[Array, "..."], ...]  # what every layer makes of it, the scores last
