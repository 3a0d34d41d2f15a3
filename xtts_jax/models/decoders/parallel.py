"""The parallel decoder, which predicts all mel frames at once."""

from typing import ClassVar

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from xtts_jax.config import Model
from xtts_jax.models.decoders.interface import Abilities, Script, Spoken, Taught, lay_out
from xtts_jax.models.ops import Stack


class ParallelDecoder(nn.Module):
    """A non-autoregressive decoder like that of FastSpeech 2 (Ren et al. 2021)."""

    abilities: ClassVar[Abilities] = Abilities(certain=True)

    settings: Model
    n_mels: int
    dtype: jnp.dtype
    remat: bool = False

    def __call__(self, script: Script, target: Float[Array, "b t m"], *, train: bool) -> Taught:
        return Taught(self.predict(script, target.shape[1], train=train), {})

    def speak(self, script: Script, frames: int, key: Array) -> Spoken:
        del key  # nothing is random
        return Spoken(self.predict(script, frames, train=False), script.lengths)

    @nn.compact
    def predict(self, script: Script, frames: int, *, train: bool) -> Float[Array, "b {frames} m"]:
        model = self.settings
        layout = lay_out(script, frames, model.frames_per_step)
        x = layout.text + nn.Dense(model.width, dtype=self.dtype, name="position")(layout.place)
        shape = (model.decoder_layers, model.heads, model.ffn_width, model.dropout)
        x = Stack(*shape, self.dtype, self.remat, name="stack")(x, script.condition, layout.mask, train=train)
        mel = nn.Dense(model.frames_per_step * self.n_mels, dtype=jnp.float32, name="mel")(
            x.astype(jnp.float32)
        )
        return mel.reshape(x.shape[0], frames, self.n_mels)
