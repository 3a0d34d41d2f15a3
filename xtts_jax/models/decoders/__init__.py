"""From a script, the text laid out in time, to mel: three ways with one interface (`interface.py`)."""

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
    kind = KINDS[model.decoder]
    if issubclass(kind, FlowDecoder):
        return kind(model, config.synthesis, n_mels, dtype)
    return kind(model, n_mels, dtype)
