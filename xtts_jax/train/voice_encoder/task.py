"""The voice encoder alone as a task of the loop: it learns to tell voices apart, without texts."""

import math
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import jax
import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import train_voice_crops
from xtts_jax.data.voice_crops import VoiceCrops, VoicePlan, held_out_crops, load_voice_crops
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.report import plots
from xtts_jax.train import parallel, warm_start
from xtts_jax.train.health import Metrics
from xtts_jax.train.optimizer import learning_rate, make_optimizer
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.rehearsal import rehearse
from xtts_jax.train.state import TrainState, init_state
from xtts_jax.train.task import Task
from xtts_jax.train.voice_encoder.rules import RULES
from xtts_jax.train.voice_encoder.step import init_encoder, make_voice_step
from xtts_jax.train.voice_encoder.validation import VoiceValidator


def group(config: Config) -> int:
    """The crops of a speaker, which are in a batch together."""
    return config.voice.crops_per_speaker


class VoiceTask(Task):
    """Reference to speaker embedding; embeddings of one voice are close to each other."""

    def __init__(self, config: Config, corpus: Corpus, workdir: Path, *, resuming: bool) -> None:
        self._config, self._corpus = config, corpus
        self._held_out = held_out_crops(corpus, config)
        fresh, self._embed = init_encoder(config)
        params = warm_start.started(fresh, corpus, config, resuming=resuming)
        self._schedule = learning_rate(config.optim, config.train.steps)
        optimizer = make_optimizer(config.optim, self._schedule, params)
        self.state = init_state(params, optimizer, config.train.seed)
        self._step = make_voice_step(self._embed, optimizer, config, corpus.stats)
        self.batches = train_voice_crops(corpus, config, jax.process_index(), jax.process_count())
        self.closing = (
            "Begin an acoustic model with it: python run_train.py --config configs/tiny.py "
            f"--config.train.init_from={workdir}"
        )

    def step(self, number: int) -> Callable[[TrainState, VoiceCrops], tuple[TrainState, Metrics]]:
        del number  # one program from the first step to the last
        return self._step

    def preflight(self) -> list[Finding]:
        config = self._config
        optimizer = make_optimizer(config.optim, config.optim.learning_rate, self.state.params)
        step = make_voice_step(self._embed, optimizer, config, self._corpus.stats)
        state = init_state(self.state.params, optimizer, config.train.seed)
        batch = load_voice_crops(self._corpus, config, self._plan[0])
        lines, found = rehearse(step, state, batch, config, RULES)
        loss, chance = lines[-1]["loss/total"], math.log(len(batch.speakers) - 1)
        print(
            f"Preflight: {len(lines)} steps on one batch: loss {loss:.3f} (guessing {chance:.3f}), "
            f"{lines[-1]['identified']:.0%} of the crops nearest to one of the same voice"
        )
        return found or self._judge(loss, chance)

    def _judge(self, loss: float, chance: float) -> list[Finding]:
        if loss < chance:
            return []
        return [
            Finding(
                "voices_not_told_apart",
                SEVERE,
                f"After {self._config.preflight.steps} steps on one batch the loss is {loss:.3f}; guessing "
                f"has {chance:.3f}.",
                "optim.learning_rate is tiny or huge, or the recordings are not speech.",
                "listen to a few recordings; take the optim.learning_rate of configs/voice.py.",
            )
        ]

    def largest(self) -> VoiceCrops:
        return load_voice_crops(self._corpus, self._config, self._plan[0])

    def frames(self, batch: VoiceCrops) -> int:
        return int(np.sum(batch.lengths))

    def evaluate(self, state: TrainState) -> dict[str, float]:
        return self._validator(parallel.unreplicate(state.ema))

    def summarize(self, metrics: dict[str, float]) -> str:
        return (
            f"{metrics['speakers']:.0f} unseen speakers: equal error rate {metrics['equal_error']:.1%} "
            f"(mean spectra {metrics['equal_error_mean_spectrum']:.1%}), "
            f"{metrics['identified']:.0%} of the crops identified ({metrics['identified_mean_spectrum']:.0%})"
        )

    def error(self, metrics: dict[str, float], step: int) -> float:
        return metrics["equal_error"]

    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None:
        """A picture of all cosines: bright squares along the diagonal are voices that are told apart."""
        if not plots.available():
            return
        folder = workdir / "samples" / f"step_{step:07d}"
        folder.mkdir(parents=True, exist_ok=True)
        cosines = self._validator.cosines(parallel.unreplicate(state.ema))
        figure = plots.cosine_figure(cosines, self._validator.trials.speakers)
        plots.save_figure(folder / "voices.png", figure)
        recorder.picture(step, "voices", figure)

    @cached_property
    def _plan(self) -> VoicePlan:
        return VoicePlan(self._corpus, self._config)

    @cached_property
    def _validator(self) -> VoiceValidator:
        return VoiceValidator(self._embed, self._corpus, self._config, self._held_out)
