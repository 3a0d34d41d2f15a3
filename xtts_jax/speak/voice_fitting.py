"""A voice fitted to recordings of it whose words are known.

From what the voice encoder makes of the recordings, the speaker embedding and the decoder go on learning (as
whole models do in Arik et al. 2018, section 3.1). Predicted pitch is moved to that of the recordings as a
whole: from one sentence, a predictor would learn that sentence by heart.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from xtts_jax.audio import pitch
from xtts_jax.audio.samples import to_int16
from xtts_jax.config import Config
from xtts_jax.data.batching import pad_rows
from xtts_jax.losses.acoustic import count, decoder_terms, variance_terms, weighted_sum
from xtts_jax.models.features import extract
from xtts_jax.models.xtts import XTTS, Voice, adapted, apply
from xtts_jax.types import Batch, Stats, round_up

STEPS = 40
VOICE_RATE, DECODER_RATE = 0.03, 1e-3
TOKEN_STEP, FRAME_STEP = 64, 128  # lengths are padded to multiples: few compiles


class Fit(NamedTuple):
    """The parts of a `Voice` that are fitted, or one thing for each part."""

    speaker: Any
    register: Any
    adaptation: Any


def fit_voice(model: XTTS, params: dict, batch: Batch, stats: Stats, voice: Voice) -> Voice:
    """`voice`, a single row, after STEPS of training with dropout on a batch that is spoken in it.

    No row of the batch may have more tokens than frames.
    """
    features = extract(batch, model.config.audio, stats)
    counts = count(features)
    no_change = jax.tree.map(jnp.zeros_like, params["decoder"])
    first = Fit(voice.speaker.astype(jnp.float32), voice.register, no_change)

    def fitted(to: Fit) -> Voice:
        return voice._replace(**to._asdict() | {"speaker": to.speaker.astype(voice.speaker.dtype)})

    def error(to: Fit, key: Array) -> Float[Array, ""]:
        tried = fitted(to)
        everywhere = jax.tree.map(
            lambda part: jnp.repeat(part, len(batch.tokens), axis=0), tried._replace(adaptation=None)
        )
        forced = apply(
            model,
            adapted(params, tried),
            lambda m: m.teacher_force(features, everywhere, train=True),
            {"dropout": key},
        )
        spoken, taught = forced.encoded.prediction, forced.taught
        terms = decoder_terms(taught.mel, taught.errors, features, stats, counts)
        predicted = variance_terms(spoken, forced.durations, forced.prosody, features, counts)
        terms["log_f0"] = predicted["log_f0"]
        return weighted_sum(terms, asdict(model.config.loss))

    def step(state: tuple[Fit, optax.OptState], key: Array) -> tuple[tuple[Fit, optax.OptState], None]:
        fit, moments = state
        updates, moments = optimizer.update(jax.grad(error)(fit, key), moments)
        return (cast(Fit, optax.apply_updates(fit, updates)), moments), None

    optimizer = optax.partition(
        {"voice": optax.adam(VOICE_RATE), "decoder": optax.adam(DECODER_RATE)},
        Fit("voice", "voice", "decoder"),
    )
    keys = jax.random.split(jax.random.key(0), STEPS)
    (last, _), _ = jax.lax.scan(step, (first, optimizer.init(first)), keys)
    return fitted(last)


def batch_of(
    recordings: Sequence[np.ndarray], tokens: Sequence[np.ndarray], language_id: int, config: Config
) -> Batch:
    """A batch of (s,) recordings of whole frames and the ids of what each says; each is its own reference."""
    audio, group = config.audio, config.model.frames_per_step
    frames = np.array([len(each) // audio.hop_length for each in recordings], np.int32)
    most = round_up(int(frames.max()), FRAME_STEP * group)
    tracks = [pitch.log_f0(each, audio) for each in recordings]
    sound = pad_rows([to_int16(each) for each in recordings], most * audio.hop_length, np.int16)
    return Batch(
        tokens=pad_rows(tokens, round_up(max(map(len, tokens)), TOKEN_STEP), np.int32),
        text_lengths=np.array(list(map(len, tokens)), np.int32),
        language_ids=np.full(len(tokens), language_id, np.int32),
        audio=sound,
        mel_lengths=frames,
        log_f0=pad_rows([log_f0 for log_f0, _ in tracks], most, np.float32),
        voiced=pad_rows([voiced for _, voiced in tracks], most, np.bool_),
        reference_audio=sound,
        reference_lengths=frames,
    )
