"""Decoders: from a script, the text with its timing, to mel; all have the interface of `interface.py`."""

import jax.numpy as jnp

from xtts_jax.config import Config
from xtts_jax.models.decoders.autoregressive import AutoregressiveDecoder
from xtts_jax.models.decoders.flow import FlowDecoder
from xtts_jax.models.decoders.parallel import ParallelDecoder

NAMES = ("parallel", "autoregressive", "flow")
Decoder = ParallelDecoder | AutoregressiveDecoder | FlowDecoder


def build(config: Config, dtype: jnp.dtype) -> Decoder:
    model, n_mels = config.model, config.audio.n_mels
    match model.decoder:
        case "parallel":
            return ParallelDecoder(model, n_mels, dtype)
        case "autoregressive":
            return AutoregressiveDecoder(model, n_mels, dtype)
        case "flow":
            return FlowDecoder(model, config.synthesis, n_mels, dtype)
    raise ValueError(model.decoder)
