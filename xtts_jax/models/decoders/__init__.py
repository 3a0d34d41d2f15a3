"""Decoders: from a script, the text with its timing, to mel; all have the interface of `interface.py`."""

import jax.numpy as jnp

from xtts_jax.config import Config
from xtts_jax.models.decoders.autoregressive import AutoregressiveDecoder
from xtts_jax.models.decoders.flow import FlowDecoder
from xtts_jax.models.decoders.interface import Abilities
from xtts_jax.models.decoders.parallel import ParallelDecoder

Decoder = ParallelDecoder | AutoregressiveDecoder | FlowDecoder
KINDS: dict[str, type[Decoder]] = {
    "parallel": ParallelDecoder,
    "autoregressive": AutoregressiveDecoder,
    "flow": FlowDecoder,
}
NAMES = tuple(KINDS)


def abilities(config: Config) -> Abilities:
    """Those of the configuration's decoder: `abilities(model.config).causal`."""
    return KINDS[config.model.decoder].abilities


def build(config: Config, dtype: jnp.dtype) -> Decoder:
    model, n_mels = config.model, config.audio.n_mels
    kind, remat = KINDS[model.decoder], config.train.rematerialize
    if issubclass(kind, FlowDecoder):
        return kind(model, config.synthesis, n_mels, dtype, remat)
    return kind(model, n_mels, dtype, remat)
