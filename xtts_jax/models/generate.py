"""Free-running synthesis: mel and durations from a text and a voice."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.alignment import round_durations
from xtts_jax.models.contour import contour_of
from xtts_jax.models.features import Features
from xtts_jax.models.variance import Prosody
from xtts_jax.models.xtts import XTTS, Encoded, Voice, adapted, apply
from xtts_jax.types import round_up


class Generated(NamedTuple):
    mel: Float[Array, "b t m"]  # normalized; undefined past sum(durations)
    durations: Int[Array, "b n"]  # frames


class Plan(NamedTuple):
    """What will be said, how and when: a mel of any number of frames can be drawn from it."""

    encoded: Encoded
    durations: Int[Array, "b n"]  # frames, at least 1; 0 for padding
    prosody: Prosody


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


def plan(
    model: XTTS,
    params: dict,
    tokens: Int[Array, "b n"],
    text_mask: Bool[Array, "b n"],
    language_ids: Int[Array, "b"],
    voice: Voice,
    manner: Manner = AS_PREDICTED,
) -> Plan:
    def run(model: XTTS) -> Plan:
        encoded = model.encode_text(tokens, text_mask, language_ids, voice, train=False)
        durations = jnp.exp(encoded.prediction.log_duration) / manner.speed
        predicted = encoded.prediction.prosody()
        prosody = predicted._replace(
            log_f0=predicted.log_f0 + manner.log_f0, energy=predicted.energy + manner.energy
        )
        return Plan(encoded, round_durations(durations, text_mask.sum(axis=1)), prosody)

    return apply(model, params, run)


def usual_log_f0(
    model: XTTS,
    params: dict,
    tokens: Int[Array, "b n"],
    text_mask: Bool[Array, "b n"],
    language_ids: Int[Array, "b"],
    voice: Voice,
) -> Float[Array, "b 1"]:
    """The mean of the normalized log F0 that is predicted for a text, over its voiced frames."""
    planned = plan(model, params, tokens, text_mask, language_ids, voice)
    weights = planned.durations * planned.prosody.voiced
    total = (planned.prosody.log_f0 * weights).sum(axis=1, keepdims=True)
    return total / jnp.maximum(weights.sum(axis=1, keepdims=True), 1e-6)


def draw(model: XTTS, params: dict, planned: Plan, voice: Voice, key: Array, *, frames: int) -> Generated:
    """Speech of at most `frames` frames, a static bound of any size.

    The caller must check that sum(durations) <= frames, because the rest is cut off. `key` is for decoders
    that use noise; `config.synthesis` has their options.
    """
    group = model.config.model.frames_per_step
    whole = round_up(frames, group)
    encoded, durations, prosody = planned

    def run(model: XTTS) -> Generated:
        script = model.script(encoded, durations, prosody, contour_of(prosody, durations, whole))
        spoken = model.decoder.speak(script, whole, key)
        unspoken = (script.lengths - spoken.lengths)[:, None]
        last = (durations > 0).sum(axis=1) - 1
        is_last = jnp.arange(durations.shape[1])[None] == last[:, None]
        return Generated(spoken.mel[:, :frames], durations - is_last * unspoken)

    return apply(model, adapted(params, voice), run)


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
    """`draw` of a `plan`, for a bound that is known before."""
    planned = plan(model, params, tokens, text_mask, language_ids, voice, manner)
    return draw(model, params, planned, voice, key, frames=frames)


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
