"""The autoregressive decoder, which predicts groups of mel frames from the previous ones and the text."""

from typing import ClassVar, NamedTuple, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.config import Model
from xtts_jax.models.alignment import frame_tokens
from xtts_jax.models.decoders.causal import CausalStack, Past, Text, no_past, unstack
from xtts_jax.models.decoders.interface import Abilities, Script, Spoken, Taught, lay_out

REACH = 3  # tokens before and after the current one that a position attends to


def near_tokens(durations: Int[Array, "b n"], frames: int, group: int) -> Bool[Array, "b p n"]:
    """True where a token is real and within REACH of the token at the start of a position."""
    real = durations > 0
    last = real.sum(axis=1, keepdims=True) - 1
    here = jnp.minimum(frame_tokens(durations, frames)[:, ::group], last)
    distance = jnp.abs(jnp.arange(durations.shape[1])[None, None, :] - here[:, :, None])
    return (distance <= REACH) & real[:, None, :]


class Guide(NamedTuple):
    """What a position knows from the durations: the text spoken there, and the tokens it may attend to."""

    text: Float[Array, "b p d"]
    reads: Bool[Array, "b p n"]


class Loop(NamedTuple):
    """The state between two positions."""

    position: Int[Array, ""]
    past: tuple[Past, ...]  # one for each layer
    mel: Float[Array, "b p c"]  # one position longer than the output, beginning with zeros
    lengths: Int[Array, "b"]  # frames; reduced when the speech stops


class NextFrames(nn.Module):
    """Predicts the frames (b, q, c) of each position from the previous ones, and a stop logit (b, q)."""

    settings: Model
    outputs: int
    dtype: jnp.dtype
    remat: bool = False

    @nn.compact
    def __call__(
        self,
        previous: Float[Array, "b q c"],
        past: tuple[Past, ...],
        text: Text,
        guide: Guide,
        condition: Float[Array, "b d"],
        start: Int[Array, ""] | int,
        *,
        train: bool,
    ) -> tuple[Float[Array, "b q c"], Float[Array, "b q"], tuple[Past, ...]]:
        model = self.settings
        x = previous.astype(self.dtype)
        for layer in range(2):
            x = nn.relu(nn.Dense(model.width, dtype=self.dtype, name=f"prenet_{layer}")(x))
            x = nn.Dropout(model.prenet_dropout, deterministic=not train)(x)
        shape = (model.decoder_layers, model.heads, model.ffn_width, model.dropout)
        x, past = CausalStack(*shape, self.dtype, self.remat, name="stack")(
            x + guide.text, past, text, guide.reads, condition, start, train=train
        )
        out = nn.Dense(self.outputs + 1, dtype=jnp.float32, name="frames_and_stop")(x.astype(jnp.float32))
        return out[..., :-1], out[..., -1], past


class AutoregressiveDecoder(nn.Module):
    """A causal transformer like Transformer TTS (Li et al. 2019), guided by the durations.

    Every position receives the text that is spoken there and attends to the tokens around it. Speech ends
    with the script, or by the stop logit within the last token, so it can neither stop early nor run on.

    Dropout in the pre-net keeps training from learning to copy the previous frame. Synthesis does without:
    there it would only be noise.
    """

    abilities: ClassVar[Abilities] = Abilities(causal=True)

    settings: Model
    n_mels: int
    dtype: jnp.dtype
    remat: bool = False

    def setup(self):
        model = self.settings
        self.position = nn.Dense(model.width, dtype=self.dtype)
        self.text = nn.Dense(2 * model.decoder_layers * model.width, use_bias=False, dtype=self.dtype)
        self.next_frames = NextFrames(model, model.frames_per_step * self.n_mels, self.dtype, self.remat)

    def __call__(self, script: Script, target: Float[Array, "b t m"], *, train: bool) -> Taught:
        (b, frames, _), group = target.shape, self.settings.frames_per_step
        before = jnp.pad(target.reshape(b, frames // group, -1), ((0, 0), (1, 0), (0, 0)))[:, :-1]
        guide = self._guide(script, frames)
        mel, stop, _ = self.next_frames(
            before, (), self._text(script), guide, script.condition, 0, train=train
        )
        last = jnp.arange(frames // group)[None] == (script.lengths[:, None] - 1) // group
        error = optax.sigmoid_binary_cross_entropy(stop, last.astype(jnp.float32))
        return Taught(mel.reshape(target.shape), {"stop": jnp.repeat(error, group, axis=1)})

    def speak(self, script: Script, frames: int, key: Array) -> Spoken:
        """Runs one loop with static shapes; every turn attends to the whole cache, filled or not."""
        del key  # nothing is random
        model, group, b = self.settings, self.settings.frames_per_step, script.hidden.shape[0]
        positions, total = frames // group, script.lengths
        guide, text = self._guide(script, frames), self._text(script)
        last_token = total - jnp.take_along_axis(
            script.durations, jnp.maximum((script.durations > 0).sum(axis=1) - 1, 0)[:, None], axis=1
        ).squeeze(1)
        next_frames, variables = self.next_frames.unbind()
        params = dict(variables["params"])
        params["stack"] = unstack(params["stack"], model.decoder_layers)

        def unfinished(state: Loop) -> Bool[Array, ""]:
            return (state.position < positions) & jnp.any(state.position * group < state.lengths)

        def turn(state: Loop) -> Loop:
            at = state.position
            here = jax.tree.map(lambda x: jax.lax.dynamic_slice_in_dim(x, at, 1, axis=1), guide)
            before = jax.lax.dynamic_slice_in_dim(state.mel, at, 1, axis=1)
            mel, stop, past = cast(
                tuple[Array, Array, tuple[Past, ...]],
                next_frames.apply(
                    {"params": params}, before, state.past, text, here, script.condition, at, train=False
                ),
            )
            end = (at + 1) * group
            stops = (stop[:, 0] > 0) & (end > last_token)
            return Loop(
                at + 1,
                past,
                jax.lax.dynamic_update_slice_in_dim(state.mel, mel, at + 1, axis=1),
                jnp.where(stops, jnp.minimum(state.lengths, end), state.lengths),
            )

        nothing = jnp.zeros((b, positions + 1, group * self.n_mels))  # the first position precedes the speech
        past = (no_past(b, positions, model.heads, model.width, self.dtype),) * model.decoder_layers
        done = jax.lax.while_loop(unfinished, turn, Loop(jnp.zeros((), jnp.int32), past, nothing, total))
        return Spoken(done.mel[:, 1:].reshape(b, frames, self.n_mels), done.lengths)

    def _guide(self, script: Script, frames: int) -> Guide:
        layout = lay_out(script, frames, self.settings.frames_per_step)
        return Guide(
            layout.text + self.position(layout.place),
            near_tokens(script.durations, frames, self.settings.frames_per_step),
        )

    def _text(self, script: Script) -> Text:
        b, n, _ = script.hidden.shape
        both = self.text(script.hidden).reshape(
            b, n, self.settings.decoder_layers, 2, self.settings.heads, -1
        )
        return Text(*jnp.moveaxis(both, (2, 3), (1, 0)))
