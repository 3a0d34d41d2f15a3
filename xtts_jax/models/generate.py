"""Free-running synthesis: mel and durations from a text and a voice."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.alignment import round_durations
from xtts_jax.models.contour import contour_of
from xtts_jax.models.features import Features
from xtts_jax.models.xtts import XTTS, Voice, adapted, apply
from xtts_jax.types import round_up


class Generated(NamedTuple):
    mel: Float[Array, "b t m"]  # normalized; undefined past sum(durations)
    durations: Int[Array, "b n"]  # frames


class Manner(NamedTuple):
    """Changes to the predicted prosody."""

    speed: Float[Array, ""] | float = 1.0  # 2 is twice as fast
    log_f0: Float[Array, ""] | float = 0.0  # added to the normalized log F0
    energy: Float[Array, ""] | float = 0.0  # added to the normalized energy


AS_PREDICTED = Manner()


def encode_voice(
    model: XTTS, params: dict, reference_mel: Float[Array, "b r m"], reference_lengths: Int[Array, "b"]
) -> Voice:
    return apply(model, params, lambda m: m.encode_voice(reference_mel, reference_lengths, train=False))


def mix_style(model: XTTS, params: dict, weights: Float[Array, "b h k"]) -> Float[Array, "b d"]:
    """The style embedding for given weights of the style tokens."""
    return apply(model, params, lambda m: m.voice_encoder.style.mix(weights))


def generate(
    model: XTTS,
    params: dict,
    tokens: Int[Array, "b n"],
    text_mask: Bool[Array, "b n"],
    language_ids: Int[Array, "b"],
    voice: Voice,
    key: Array,
    *,
    frames: int,
    manner: Manner = AS_PREDICTED,
) -> Generated:
    """Speech of at most `frames` frames, a static bound of any size.

    The caller must check that sum(durations) <= frames, because the rest is cut off. `key` is for decoders
    that use noise; `config.synthesis` has their options.
    """

    group = model.config.model.frames_per_step
    whole = round_up(frames, group)

    def run(model: XTTS) -> Generated:
        encoded = model.encode_text(tokens, text_mask, language_ids, voice, train=False)
        text_lengths = text_mask.sum(axis=1)
        durations = round_durations(jnp.exp(encoded.prediction.log_duration) / manner.speed, text_lengths)
        predicted = encoded.prediction.prosody()
        prosody = predicted._replace(
            log_f0=predicted.log_f0 + manner.log_f0, energy=predicted.energy + manner.energy
        )
        script = model.script(encoded, durations, prosody, contour_of(prosody, durations, whole))
        spoken = model.decoder.speak(script, whole, key)
        unspoken = (script.lengths - spoken.lengths)[:, None]
        is_last = jnp.arange(durations.shape[1])[None] == text_lengths[:, None] - 1
        return Generated(spoken.mel[:, :frames], durations - is_last * unspoken)

    return apply(model, adapted(params, voice), run)


def generate_beside(model: XTTS, params: dict, features: Features) -> Generated:
    """Free-running speech of a batch's texts in its references' voices, to compare with its recordings.

    It is cut off at 1.5 times the batch's number of frames.
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
        jax.random.key(0),
        frames=frames + frames // 2,
    )
