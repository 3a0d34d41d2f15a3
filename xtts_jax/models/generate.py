"""Free-running synthesis: text and a voice in, mel and durations out, no recording needed."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.alignment import round_durations
from xtts_jax.models.features import Features
from xtts_jax.models.xtts import XTTS, Voice, apply


class Generated(NamedTuple):
    mel: Float[Array, "b t m"]  # normalised; frames past sum(durations) mean nothing
    durations: Int[Array, "b n"]  # frames


def encode_voice(
    model: XTTS, params: dict, reference_mel: Float[Array, "b r m"], reference_lengths: Int[Array, "b"]
) -> Voice:
    return apply(model, params, lambda m: m.encode_voice(reference_mel, reference_lengths, train=False))


def generate(
    model: XTTS,
    params: dict,
    tokens: Int[Array, "b n"],
    text_mask: Bool[Array, "b n"],
    language_ids: Int[Array, "b"],
    voice: Voice,
    *,
    frames: int,
    speed: Float[Array, ""] | float = 1.0,
) -> Generated:
    """Speech of at most `frames` frames, a static bound; at `speed` 2 it is twice as fast.

    Whoever calls must check sum(durations) <= frames: what lies beyond is cut off.
    """

    def run(model: XTTS) -> Generated:
        encoded = model.encode_text(tokens, text_mask, language_ids, voice, train=False)
        durations = round_durations(jnp.exp(encoded.prediction.log_duration) / speed, text_mask.sum(axis=1))
        mel = model.decode(encoded, durations, encoded.prediction.prosody(), frames, train=False)
        return Generated(mel, durations)

    return apply(model, params, run)


def generate_beside(model: XTTS, params: dict, features: Features) -> Generated:
    """Free-running speech of a batch's texts in its references' voices, to hold beside its recordings.

    At most half longer than the batch's shape; what lies beyond is cut off.
    """
    frames = features.mel.shape[1]
    voice = encode_voice(model, params, features.reference_mel, features.reference_lengths)
    return generate(
        model,
        params,
        features.tokens,
        features.text_mask,
        features.language_ids,
        voice,
        frames=frames + frames // 2,
    )
