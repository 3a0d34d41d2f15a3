"""What a configuration names of other runs: looked at before a corpus is prepared, which may take hours."""

from pathlib import Path

from xtts_jax.config import Config
from xtts_jax.runs import checkpoint
from xtts_jax.train import warm_start
from xtts_jax.train.vocoder import predictions
from xtts_jax.vocoder.vocode import open_vocoder


def require_named(config: Config, workdir: Path) -> None:
    """`UserError` for a run or vocoder that is missing or does not fit, as far as that needs no corpus.

    A run in `workdir` that has begun needs no other to begin with.
    """
    if config.train.model == "acoustic":
        open_vocoder(config.synthesis.vocoder, config.audio)
    if config.train.model == "vocoder" and config.vocoder.acoustic:
        predictions.acoustic_config(config)
    if config.train.init_from and not checkpoint.is_saved(workdir):
        started_from = vocoder.started_from if config.train.model == "vocoder" else warm_start.require
        started_from(config)
