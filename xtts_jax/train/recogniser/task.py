"""A phoneme recognizer as a task of the loop."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import jax
import numpy as np
import optax

from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import largest_batch, train_batches
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.recogniser import Recogniser
from xtts_jax.text.sounds import said_ids
from xtts_jax.train import warm_start
from xtts_jax.train.health import Metrics
from xtts_jax.train.optimizer import learning_rate, make_optimizer
from xtts_jax.train.recogniser.rules import RULES
from xtts_jax.train.recogniser.step import init_params, make_recogniser_step
from xtts_jax.train.recogniser.validation import RecogniserValidator
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.rehearsal import rehearse, small_batch
from xtts_jax.train.state import TrainState, init_state
from xtts_jax.train.task import Task
from xtts_jax.types import Batch

LEARNED = 0.8  # share of the first loss that may remain at the end of the preflight on one batch


class RecogniserTask(Task):
    """Speech to phonemes."""

    def __init__(self, config: Config, corpus: Corpus, workdir: Path, *, resuming: bool) -> None:
        self._config, self._corpus = config, corpus
        self._said = np.array(said_ids(corpus.tokenizer))
        self._model = Recogniser(
            config.recogniser, len(corpus.tokenizer), compute_dtype(config.compute_dtype)
        )
        fresh = init_params(self._model, config)
        params = warm_start.started(fresh, corpus, config, resuming=resuming)
        self._schedule = learning_rate(config.optim, config.train.steps)
        optimizer = make_optimizer(config.optim, self._schedule, params)
        self.state = init_state(params, optimizer, config.train.seed)
        self._step = self._make_step(optimizer)
        self.batches = train_batches(corpus, config, jax.process_index(), jax.process_count())
        self.closing = f"Label with: xtts-jax label --ckpt {workdir} --data.root CORPUS --out FOLDER"

    def step(self, number: int) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
        del number  # one program from the first step to the last
        return self._step

    def preflight(self) -> list[Finding]:
        config = self._config
        optimizer = make_optimizer(config.optim, config.optim.learning_rate, self.state.params)
        state = init_state(self.state.params, optimizer, config.train.seed)
        batch = small_batch(self._corpus, config)
        lines, found = rehearse(self._make_step(optimizer), state, batch, config, RULES)
        losses = [line["loss/total"] for line in lines]
        print(
            f"Preflight: {len(losses)} steps on one batch: loss {losses[0]:.3f} -> {losses[-1]:.3f} nat a "
            "symbol"
        )
        return found or _judge(losses)

    def largest(self) -> Batch:
        return largest_batch(self._corpus, self._config)

    def frames(self, batch: Batch) -> int:
        return int(np.sum(batch.mel_lengths))

    def evaluate(self, state: TrainState) -> dict[str, float]:
        return self._validator(state.ema)

    def summarize(self, metrics: dict[str, float]) -> str:
        languages = [name.removeprefix("per/") for name in metrics if name.startswith("per/")]
        each = ", ".join(f"{language} {metrics[f'per/{language}']:.3f}" for language in languages)
        return (
            f"phoneme error rate {metrics['per']:.3f}{f' ({each})' if len(languages) > 1 else ''}, against "
            f"wrong texts {metrics['per_wrong_text']:.3f}; loss {metrics['loss']:.3f} nat a symbol"
        )

    def error(self, metrics: dict[str, float], step: int) -> float:
        return metrics["per"]

    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None:
        """Spoken and recognized symbols of held-out recordings, one above the other."""
        del state, recorder  # the evaluation of this step has just recognized them
        folder = workdir / "samples" / f"step_{step:07d}"
        folder.mkdir(parents=True, exist_ok=True)
        pairs = self._validator.heard[: self._config.train.samples]
        lines = [f"{name}\n  said  {said}\n  heard {heard}\n" for name, said, heard in pairs]
        (folder / "heard.txt").write_text("\n".join(lines), encoding="utf-8")

    def _make_step(
        self, optimizer: optax.GradientTransformation
    ) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
        return make_recogniser_step(self._model, optimizer, self._config, self._corpus.stats, self._said)

    @cached_property
    def _plan(self) -> BatchPlan:
        return BatchPlan(self._corpus, self._config)

    @cached_property
    def _validator(self) -> "RecogniserValidator":
        return RecogniserValidator(self._model, self._corpus, self._config, self._said)


def _judge(losses: list[float]) -> list[Finding]:
    if losses[-1] < LEARNED * losses[0]:
        return []
    return [
        Finding(
            "one_batch_not_learned",
            SEVERE,
            f"{len(losses)} steps on one batch took the loss from {losses[0]:.3f} to {losses[-1]:.3f} nat a "
            "symbol: hardly any progress.",
            "optim.learning_rate is tiny or huge, or preflight.steps is too low to tell.",
            "set optim.learning_rate to what configs/recogniser.py has; raise preflight.steps.",
        )
    ]
