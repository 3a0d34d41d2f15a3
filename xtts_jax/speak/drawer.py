"""Symbols and a voice to mel, in two steps: how long each symbol takes, then as many frames as that.

Lengths are padded so that few programs are compiled, and these are kept for the next start.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.models.features import denormalize_mel
from xtts_jax.models.generate import Generated, Manner, Plan, draw, plan
from xtts_jax.models.kept import Kept
from xtts_jax.models.variance import Prosody, VariancePrediction
from xtts_jax.models.xtts import XTTS, Encoded, Voice
from xtts_jax.speak.colour import coloured
from xtts_jax.speak.context import Led, heard
from xtts_jax.types import Stats, round_up

TOKEN_STEP, FRAME_STEP = 64, 128
PLANNED_STEP = 256  # tokens of a plan; as most have as many, drawing hardly needs more programs than lengths


class Source(NamedTuple):
    """What the noise of a piece of text is drawn from."""

    seed: np.uint32
    piece: np.uint32


class Said(NamedTuple):
    mel: np.ndarray  # (t, m) natural log
    durations: np.ndarray  # (n,) frames


class Drawer:
    def __init__(self, model: XTTS, params: dict, stats: Stats) -> None:
        """params: on the device, as they are needed at every call."""
        self._params, self._stats = params, stats
        sizes = model.config, model.n_vocab, model.n_languages
        self._plan = Kept(partial(_plan, model), "plan", sizes, returns=_as_plan)
        self._draw = Kept(partial(_draw, model), "draw", sizes, returns=Generated, static_argnames=["frames"])

    def __call__(
        self, given: Led, language_id: int, voice: Voice, colour: float, source: Source, manner: Manner
    ) -> Said:
        ids, unheard = given
        planned: Plan = self._plan(
            self._params,
            *padded(ids),
            np.array([language_id], np.int32),
            voice,
            np.float32(colour),
            Manner(*map(float, manner)),
        )
        frames = round_up(int(np.asarray(planned.durations).sum()), FRAME_STEP)
        drawn: Generated = self._draw(
            self._params, self._stats, planned, voice, np.float32(colour), source, frames=frames
        )
        durations = np.asarray(drawn.durations)[0, : len(ids)]
        # Sliced here: on the device, every length would be a program that is compiled and kept.
        return Said(*heard(np.asarray(drawn.mel)[0, : durations.sum()], durations, unheard))


def padded(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) ids as a (1, p) row of one of few lengths, and its mask."""
    size = round_up(len(ids), TOKEN_STEP)
    return np.pad(ids, (0, size - len(ids)))[None], (np.arange(size) < len(ids))[None]


def _plan(
    model: XTTS,
    params: dict,
    tokens: Int[Array, "1 n"],
    mask: Bool[Array, "1 n"],
    language_id: Int[Array, "1"],
    voice: Voice,
    colour: Float[Array, ""],
    manner: Manner,
) -> Plan:
    """The plan of a piece of text, with more padding."""
    given = voice._replace(spectrum=voice.spectrum * colour)
    planned = plan(model, params, tokens, mask, language_id, given, manner)
    missing = round_up(tokens.shape[1], PLANNED_STEP) - tokens.shape[1]

    def longer(part: Array) -> Array:
        return jnp.pad(part, ((0, 0), (0, missing), *((0, 0),) * (part.ndim - 2)))

    padded = jax.tree.map(longer, planned)
    encoded = padded.encoded._replace(condition=planned.encoded.condition)  # which has no tokens
    return padded._replace(encoded=encoded)


def _as_plan(hidden: Array, condition: Array, token_mel: Array, *leaves: Array) -> Plan:
    prediction, durations, prosody = leaves[:4], leaves[4], leaves[5:]
    encoded = Encoded(hidden, condition, token_mel, VariancePrediction(*prediction))
    return Plan(encoded, durations, Prosody(*prosody))


def _draw(
    model: XTTS,
    params: dict,
    stats: Stats,
    planned: Plan,
    voice: Voice,
    colour: Float[Array, ""],
    source: Source,
    *,
    frames: int,
) -> Generated:
    """A piece of text as natural-log mel, in the colors of the voice."""
    key = jax.random.fold_in(jax.random.key(source.seed), source.piece)
    spoken = draw(model, params, planned, voice, key, frames=frames)
    length = jnp.clip(spoken.durations.sum(), 1, frames)
    mel = denormalize_mel(spoken.mel, stats)[0]
    return spoken._replace(mel=coloured(mel, length, voice.spectrum[0], colour, stats)[None])
