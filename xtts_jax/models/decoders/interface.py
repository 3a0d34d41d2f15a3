"""The interface of decoders, and what each says that it can do.

A decoder has two methods: `decoder(script, target, train=...)`, teacher-forced with the recording's mel,
returns a `Taught`, and `decoder.speak(script, frames, key)` generates a `Spoken` from the script alone.
Outside this room no module asks a decoder for its name: what it can do is in the `abilities` of its class.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.alignment import alignment_path, position_in_token


class Abilities(NamedTuple):
    """What a decoder can do; `models.decoders.abilities(config)` gives those of a configuration's."""

    causal: bool = False  # a frame depends on no later one
    certain: bool = False  # its mels in training are those that it speaks with the same prosody
    drawing: tuple[str, ...] = ()  # settings of `config.synthesis` that change what it draws


class Script(NamedTuple):
    """What to say, in which voice, and when."""

    hidden: Float[Array, "b n d"]  # text and prosody
    durations: Int[Array, "b n"]  # frames, at least 1; 0 for padding
    melody: Float[Array, "b p d"]  # embedded pitch contour
    condition: Float[Array, "b d"]

    @property
    def lengths(self) -> Int[Array, "b"]:
        return self.durations.sum(axis=1)


class Taught(NamedTuple):
    mel: Float[Array, "b t m"]  # normalized; the estimate whose unclipped L1 error is reported
    errors: dict[str, Float[Array, "b t"]]  # the decoder's own loss terms, named as in `config.loss`


class Spoken(NamedTuple):
    mel: Float[Array, "b t m"]  # normalized; undefined past `lengths`
    lengths: Int[Array, "b"]  # frames, at most those of the script


class Layout(NamedTuple):
    """The script at the positions of a decoder, each of which is `group` frames long."""

    text: Float[Array, "b p d"]  # text and melody
    place: Float[Array, "b p c"]  # relative position of each frame in its token, and the log duration
    mask: Bool[Array, "b p"]


def lay_out(script: Script, frames: int, group: int) -> Layout:
    """The layout of a script; `frames` must be a multiple of `group`."""
    b, positions = script.hidden.shape[0], frames // group
    path = alignment_path(script.durations, frames).reshape(b, positions, group, -1).mean(axis=2)
    place = position_in_token(script.durations, frames).reshape(b, positions, group * 2)
    text = jnp.einsum("bpn,bnd->bpd", path.astype(script.hidden.dtype), script.hidden)
    return Layout(text + script.melody, place, path.sum(axis=-1) > 0)
