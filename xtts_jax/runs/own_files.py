"""Which files tell a packed voice from a run, and which of them stand for what its configuration names."""

from dataclasses import replace
from pathlib import Path

from xtts_jax.config import Config

WEIGHTS, LEXICON, VOCODER = "model.safetensors", "lexicon.txt", "vocoder"


def is_packed(folder: Path) -> bool:
    return (folder / WEIGHTS).is_file()


def with_own_files(config: Config, folder: Path) -> Config:
    """The configuration with the lexicon and the vocoder of a packed voice, where it has them."""
    if not is_packed(folder):
        return config
    if (folder / LEXICON).is_file():
        config = replace(config, data=replace(config.data, lexicon=str(folder / LEXICON)))
    if (folder / VOCODER).is_dir():
        config = replace(config, synthesis=replace(config.synthesis, vocoder=str(folder / VOCODER)))
    return config
