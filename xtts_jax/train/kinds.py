"""The table of all that can be trained: what each value of `train.model` stands for."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.runs import checkpoint
from xtts_jax.runs.folder import require_same_settings
from xtts_jax.train import warm_start
from xtts_jax.train.acoustic import rules as acoustic_rules
from xtts_jax.train.acoustic import task as acoustic
from xtts_jax.train.recogniser import rules as recogniser_rules
from xtts_jax.train.recogniser import task as recogniser
from xtts_jax.train.rules import Rules
from xtts_jax.train.task import Task
from xtts_jax.train.vocoder import rules as vocoder_rules
from xtts_jax.train.vocoder import task as vocoder
from xtts_jax.train.voice_encoder import rules as voice_rules
from xtts_jax.train.voice_encoder import task as voice_encoder


class MakeTask(Protocol):
    def __call__(self, config: Config, corpus: Corpus, workdir: Path, *, resuming: bool) -> Task:
        """Raises `UserError` where the configuration and the corpus do not fit."""
        ...


class RequireNamed(Protocol):
    def __call__(self, config: Config, *, begun: bool) -> None:
        """Raises `UserError` for what is missing or does not fit; `begun`: the run has a checkpoint."""
        ...


class Kind(NamedTuple):
    task: MakeTask
    rules: Rules
    require_named: RequireNamed
    group: Callable[[Config], int] = lambda config: 1  # examples that a batch has all or none of
    normalizes: bool = True  # what it hears and says, by the statistics of a corpus


KINDS = {
    "acoustic": Kind(acoustic.AcousticTask, acoustic_rules.RULES, acoustic.require_named),
    "vocoder": Kind(vocoder.VocoderTask, vocoder_rules.RULES, vocoder.require_named, normalizes=False),
    "recogniser": Kind(recogniser.RecogniserTask, recogniser_rules.RULES, warm_start.require_named),
    "voice": Kind(voice_encoder.VoiceTask, voice_rules.RULES, warm_start.require_named, voice_encoder.group),
}


def require_named(config: Config, workdir: Path) -> None:
    """`UserError` for a run or vocoder that the configuration names and that is missing or does not fit.

    Checked before a corpus is prepared, which may take hours, so only as far as that needs no corpus. A run
    in `workdir` that has begun does not need the run it started from, but the settings it was begun with.
    """
    if begun := bool(checkpoint.saved_steps(workdir)):
        require_same_settings(workdir, config)
    KINDS[config.train.model].require_named(config, begun=begun)
