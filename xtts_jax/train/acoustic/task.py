"""The acoustic model as a task of the loop."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

import jax
import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import largest_batch, train_batches
from xtts_jax.errors import UserError
from xtts_jax.findings import Finding
from xtts_jax.models import decoders
from xtts_jax.models.initial import init_params
from xtts_jax.models.xtts import MODULES, XTTS
from xtts_jax.train import parallel, warm_start
from xtts_jax.train.acoustic import adversarial
from xtts_jax.train.acoustic.preflight import preflight
from xtts_jax.train.acoustic.samples import Samples
from xtts_jax.train.acoustic.step import make_train_step
from xtts_jax.train.acoustic.validation import Validator
from xtts_jax.train.health import Metrics
from xtts_jax.train.hints import speak_command
from xtts_jax.train.optimizer import describe_modules, learning_rate, make_optimizer
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.state import DISCRIMINATORS, TrainState, init_state
from xtts_jax.train.task import Task
from xtts_jax.types import Batch
from xtts_jax.vocoder.vocode import open_vocoder


class AcousticTask(Task):
    """Text and a voice to mel."""

    def __init__(self, config: Config, corpus: Corpus, workdir: Path, *, resuming: bool) -> None:
        self._config, self._corpus = config, corpus
        self._vocode = open_vocoder(config.synthesis.vocoder, config.audio)
        self._model = XTTS(config, len(corpus.tokenizer), len(corpus.tokenizer.languages))
        fresh, apart = init_params(self._model, config.train.seed), {}
        judged = config.adversarial.start > 0
        if judged:
            judge, fresh[DISCRIMINATORS] = adversarial.open_judge(config)
            apart = {DISCRIMINATORS: adversarial.optimizer_of(config)}
        params = warm_start.started(fresh, corpus, config, resuming=resuming)
        self._schedule = learning_rate(config.optim, config.train.steps)
        optimizer = make_optimizer(config.optim, self._schedule, params, apart)
        self.state = init_state(params, optimizer, config.train.seed)
        make_step = partial(make_train_step, self._model, optimizer, corpus.stats)
        self._step = self._adversarial_step = make_step()
        if judged:
            self._step = adversarial.at_rest(self._step, params)
            self._adversarial_step = make_step(adversarial.learn_to_deceive(self._model, corpus.stats, judge))
        self.batches = train_batches(corpus, config, jax.process_index(), jax.process_count())
        if config.train.steps <= config.adversarial.start:
            print(
                f"train.steps is {config.train.steps} and adversarial.start {config.adversarial.start}, so "
                "this run ends before its discriminators join. Lower adversarial.start for clearer speech."
            )
        self.closing = speak_command(f"--ckpt {workdir}")

    def step(self, number: int) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
        return self._adversarial_step if self._config.adversarial.learns(number) else self._step

    def preflight(self) -> list[Finding]:
        """The model alone, without discriminators."""
        alone = {name: part for name, part in self.state.params.items() if name in MODULES}
        optim = self._config.optim
        frozen = tuple(name for name in optim.freeze if name.split("/")[0] in MODULES)
        if {*frozen} >= MODULES:
            return []
        config = replace(self._config, optim=replace(optim, freeze=frozen))
        return preflight(self._model.clone(config=config), alone, self._corpus)

    def largest(self) -> Batch:
        return largest_batch(self._corpus, self._config)

    def frames(self, batch: Batch) -> int:
        return int(np.sum(batch.mel_lengths))

    def evaluate(self, state: TrainState) -> dict[str, float]:
        return self._validator(state.ema)

    def summarize(self, metrics: dict[str, float]) -> str:
        return (
            f"mel L1 {metrics['mel_l1_free']:.3f} free-running, {metrics['mel_l1_teacher']:.3f} with the "
            f"recording's durations (best constant {metrics['mel_l1_best_constant']:.3f}, previous frame "
            f"{metrics['mel_l1_previous_frame']:.3f}); durations off by "
            f"{metrics['duration_error_frames']:.2f} frames"
        )

    def error(self, metrics: dict[str, float], step: int) -> float:
        """The free-running error, which is that of synthesis, until the discriminators join.

        From then on the newest checkpoint is the best: no error tells how natural speech is, and the mel's is
        lowest where it is blurred.
        """
        error = metrics["mel_l1_free"]
        return -step if self._config.adversarial.learns(step) and math.isfinite(error) else error

    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None:
        self._samples.write(parallel.unreplicate(state.ema), step, workdir, recorder)

    def describe(self) -> str:
        rates = {DISCRIMINATORS: self._config.adversarial.learning_rate}
        return describe_modules(self.state.params, self._config.optim, rates)

    @cached_property
    def _plan(self) -> BatchPlan:
        return BatchPlan(self._corpus, self._config)

    @cached_property
    def _validator(self) -> Validator:
        return Validator(self._model, self._corpus, self._config)

    @cached_property
    def _samples(self) -> Samples:
        return Samples(self._model, self._corpus, self._config, self._validator.batches[0][0], self._vocode)


def require_named(config: Config, *, begun: bool) -> None:
    """`UserError` where `synthesis.vocoder` or the run `train.init_from` is missing or does not fit."""
    open_vocoder(config.synthesis.vocoder, config.audio)
    if config.adversarial.start and not decoders.abilities(config).certain:
        able = [name for name, kind in decoders.KINDS.items() if kind.abilities.certain]
        raise UserError(
            f"Discriminators cannot teach the decoder {config.model.decoder}, whose mels in training are not "
            f"those that it speaks. Set model.decoder to {' or '.join(able)}, or adversarial.start to 0."
        )
    warm_start.require_named(config, begun=begun)
