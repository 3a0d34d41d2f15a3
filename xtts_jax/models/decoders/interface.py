"""What every decoder is given and gives, and what it says about itself.

A decoder has two methods. `decoder(script, target, train=...)` is given the recording's mel and returns
`Taught`: what training compares. `decoder.speak(script, frames, key)` is given the script alone.

Nobody asks a decoder its name: what it can do is the `abilities` of its class.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.alignment import alignment_path, position_in_token


class Abilities(NamedTuple):
    """What a decoder can do; `models.decoders.abilities(config)` gives those of a configuration's."""

    causal: bool = False  # a frame depends on no later one
    drawing: tuple[str, ...] = ()  # settings of `config.synthesis` that change what it draws


class Script(NamedTuple):
    """What is to be said, in whose voice, and when."""

    hidden: Float[Array, "b n d"]  # text and its prosody
    durations: Int[Array, "b n"]  # frames, at least 1; 0 where there is no token
    melody: Float[Array, "b p d"]  # pitch at every position
    condition: Float[Array, "b d"]

    @property
    def lengths(self) -> Int[Array, "b"]:
        return self.durations.sum(axis=1)


class Taught(NamedTuple):
    mel: Float[Array, "b t m"]  # normalised: the estimate whose unclipped L1 is reported
    errors: dict[str, Float[Array, "b t"]]  # of each frame, by the names of `config.loss`


class Spoken(NamedTuple):
    mel: Float[Array, "b t m"]  # normalised; frames past `lengths` mean nothing
    lengths: Int[Array, "b"]  # frames, at most those of the script


class Layout(NamedTuple):
    """The script in time; a position p of a decoder stands for `group` frames."""

    text: Float[Array, "b p d"]  # and its melody
    place: Float[Array, "b p c"]  # of each frame in its token, and the token's log-duration
    mask: Bool[Array, "b p"]


def lay_out(script: Script, frames: int, group: int) -> Layout:
    """`frames` is a multiple of `group`."""
    b, positions = script.hidden.shape[0], frames // group
    path = alignment_path(script.durations, frames).reshape(b, positions, group, -1).mean(axis=2)
    place = position_in_token(script.durations, frames).reshape(b, positions, group * 2)
    text = jnp.einsum("bpn,bnd->bpd", path.astype(script.hidden.dtype), script.hidden)
    return Layout(text + script.melody, place, path.sum(axis=-1) > 0)
