"""The inputs and targets of the model, computed from a batch of recordings inside jit."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Int16

from xtts_jax.audio.mel import energy, log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Audio
from xtts_jax.models.ops import length_mask
from xtts_jax.types import Batch, Stats


class Features(NamedTuple):
    """A batch as the model sees it; mel, log F0 and energy are normalized by the corpus statistics."""

    tokens: Int[Array, "b n"]
    text_mask: Bool[Array, "b n"]
    language_ids: Int[Array, "b"]
    mel: Float[Array, "b t m"]
    mel_mask: Bool[Array, "b t"]
    log_f0: Float[Array, "b t"]
    voiced: Bool[Array, "b t"]
    energy: Float[Array, "b t"]
    reference_mel: Float[Array, "b r m"]
    reference_lengths: Int[Array, "b"]

    @property
    def text_lengths(self) -> Int[Array, "b"]:
        return self.text_mask.sum(axis=1)

    @property
    def mel_lengths(self) -> Int[Array, "b"]:
        return self.mel_mask.sum(axis=1)


def extract(batch: Batch, settings: Audio, stats: Stats) -> Features:
    """The features of a batch; its padding does not influence them."""
    given = jax.tree.map(jnp.asarray, batch)  # it may be numpy, as a constant of the compiled function
    mel_mask = length_mask(given.mel_lengths, given.log_f0.shape[1])
    mel = log_mel(_silence_padding(given.audio, given.mel_lengths, settings), settings)
    reference = log_mel(_silence_padding(given.reference_audio, given.reference_lengths, settings), settings)
    voiced = given.voiced & mel_mask
    return Features(
        tokens=given.tokens,
        text_mask=length_mask(given.text_lengths, given.tokens.shape[1]),
        language_ids=given.language_ids,
        mel=normalize_mel(mel, stats) * mel_mask[..., None],
        mel_mask=mel_mask,
        log_f0=jnp.where(voiced, (given.log_f0 - stats.log_f0_mean) / stats.log_f0_std, 0.0),
        voiced=voiced,
        energy=jnp.where(mel_mask, (energy(mel) - stats.energy_mean) / stats.energy_std, 0.0),
        reference_mel=normalize_mel(reference, stats),
        reference_lengths=given.reference_lengths,
    )


def loud_spectrum(mel: Float[Array, "b t m"], lengths: Int[Array, "b"]) -> Float[Array, "b m"]:
    """Mean over the frames that are louder than average, which leaves out the pauses."""
    real, level = length_mask(lengths, mel.shape[1]), mel.mean(axis=-1)
    average = (level * real).sum(axis=1) / lengths
    loud = (real & (level >= average[:, None]))[..., None].astype(mel.dtype)
    return (mel * loud).sum(axis=1) / jnp.maximum(loud.sum(axis=1), 1)  # none may be loud, due to rounding


def normalize_mel(mel: Float[Array, "*b t m"], stats: Stats) -> Float[Array, "*b t m"]:
    mean, std = _per_bin(stats, mel)
    return (mel - mean) / std


def denormalize_mel(mel: Float[Array, "*b t m"], stats: Stats) -> Float[Array, "*b t m"]:
    mean, std = _per_bin(stats, mel)
    return mel * std + mean


def _per_bin(stats: Stats, mel: Float[Array, "*b t m"]) -> tuple[Array, Array]:
    """Mean and standard deviation of every bin, with the rank of `mel`."""
    shape = (1,) * (mel.ndim - 1) + (-1,)
    return jnp.asarray(stats.mel_mean).reshape(shape), jnp.asarray(stats.mel_std).reshape(shape)


def _silence_padding(
    audio: Int16[Array, "b s"], lengths: Int[Array, "b"], settings: Audio
) -> Float[Array, "b s"]:
    return to_float32(audio) * length_mask(lengths * settings.hop_length, audio.shape[1])
