"""The recogniser: speech to symbols by connectionist temporal classification (Graves et al. 2006)."""

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.config import Recogniser as Settings
from xtts_jax.models.augment import hide_bins, hide_time, warp_bins
from xtts_jax.models.ops import ConvStack, Stack, fold, length_mask

BLANK = 0  # the tokenizer's <pad>, which is in no text


class Recogniser(nn.Module):
    """Log-probabilities of every symbol at every position, and the mask of the positions.

    The language is not an input. Each bin is standardized over the utterance, which removes most of voice,
    level and microphone. With `train` it needs the RNG "dropout".
    """

    recogniser: Settings
    n_vocab: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(
        self, mel: Float[Array, "b t m"], lengths: Int[Array, "b"], *, train: bool
    ) -> tuple[Float[Array, "b p v"], Bool[Array, "b p"]]:
        recogniser = self.recogniser
        if train:
            mel = warp_bins(mel, self.make_rng("dropout"), recogniser.warp)
        mel = standardize(mel, length_mask(lengths, mel.shape[1]))
        if train:
            mel = hide_bins(mel, self.make_rng("dropout"), recogniser.bin_mask)
            mel = hide_time(mel, self.make_rng("dropout"), recogniser.time_mask)
        x, mask = fold(mel, lengths, recogniser.frames_per_position)
        x = ConvStack(recogniser.conv_layers, recogniser.width, recogniser.dropout, self.dtype, name="ear")(
            x, mask, train=train
        )
        x = Stack(
            recogniser.layers,
            recogniser.heads,
            recogniser.ffn_width,
            recogniser.dropout,
            self.dtype,
            name="encoder",
        )(x, jnp.ones((x.shape[0], 1), self.dtype), mask, train=train)
        symbols = nn.Embed(self.n_vocab, recogniser.width, name="symbols")
        logits = symbols.attend(x.astype(jnp.float32))
        return nn.log_softmax(logits), mask


def standardize(mel: Float[Array, "b t m"], mask: Bool[Array, "b t"]) -> Float[Array, "b t m"]:
    """Standardizes each bin over the real frames of each utterance; padding becomes 0."""
    weights = mask[..., None] / jnp.maximum(mask.sum(axis=1), 1)[:, None, None]
    centered = mel - (mel * weights).sum(axis=1, keepdims=True)
    variance = (jnp.square(centered) * weights).sum(axis=1, keepdims=True)
    return centered / jnp.sqrt(variance + 1e-4) * mask[..., None]


def targets(
    tokens: Int[Array, "b n"], mask: Bool[Array, "b n"], said: np.ndarray
) -> tuple[Int[Array, "b n"], Int[Array, "b"]]:
    """The audible tokens, compacted, and their number; `said` (v,) bool says which symbols are audible."""
    return _compact(tokens, jnp.asarray(said)[tokens] & mask)


def ctc_errors(
    log_probs: Float[Array, "b p v"],
    mask: Bool[Array, "b p"],
    symbols: Int[Array, "b n"],
    lengths: Int[Array, "b"],
) -> tuple[Float[Array, "b"], Bool[Array, "b"]]:
    """The negative log-probability of the symbols in nats, and whether there are enough positions for them.

    Two equal consecutive symbols need a blank between them. The error is 0 if the symbols do not fit.
    """
    given = length_mask(lengths, symbols.shape[1])
    repeated = ((symbols[:, 1:] == symbols[:, :-1]) & given[:, 1:]).sum(axis=1)
    fits = lengths + repeated <= mask.sum(axis=1)
    errors = optax.ctc_loss(log_probs.astype(jnp.float32), 1.0 - mask, symbols, 1.0 - given, blank_id=BLANK)
    return jnp.where(fits, errors, 0.0), fits


def best_path(
    log_probs: Float[Array, "b p v"], mask: Bool[Array, "b p"]
) -> tuple[Int[Array, "b p"], Int[Array, "b"]]:
    """The most likely symbols without repetitions and blanks, compacted, and their number."""
    best = jnp.where(mask, log_probs.argmax(axis=-1), BLANK)
    before = jnp.pad(best[:, :-1], ((0, 0), (1, 0)), constant_values=BLANK)
    return _compact(best, (best != before) & (best != BLANK))


def _compact(values: Int[Array, "b n"], keep: Bool[Array, "b n"]) -> tuple[Array, Array]:
    """The kept values of each row in order, followed by zeros, and their number."""
    order = jnp.argsort(~keep, axis=1, stable=True)
    lengths = keep.sum(axis=1)
    first = jnp.take_along_axis(values, order, axis=1)
    return jnp.where(length_mask(lengths, values.shape[1]), first, 0), lengths
