"""A phoneme recogniser as a task of the loop."""

from collections.abc import Callable
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan, load_batch, train_batches
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.listen.edit_distance import error_rates
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.recogniser import Recogniser
from xtts_jax.text.sounds import phones, said_ids
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.preflight import small_batch
from xtts_jax.train.health import Metrics
from xtts_jax.train.optimizer import learning_rate, make_optimizer
from xtts_jax.train.planned_task import PlannedTask
from xtts_jax.train.recogniser.step import Heard, make_hearing, make_recogniser_step
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.rehearsal import rehearse
from xtts_jax.train.state import Params, TrainState, init_state
from xtts_jax.train.warm_start import begun
from xtts_jax.train.watch import Watch
from xtts_jax.types import Batch

LEARNED = 0.8  # of its first loss, after the preflight: one batch, over and over


class RecogniserTask(PlannedTask):
    """Speech to phonemes; see `train.task.Task`."""

    def __init__(self, config: Config, corpus: Corpus, workdir: Path, *, resuming: bool) -> None:
        self._config, self._corpus = config, corpus
        self._said = np.array(said_ids(corpus.tokenizer))
        self._model = Recogniser(
            config.recogniser, len(corpus.tokenizer), compute_dtype(config.compute_dtype)
        )
        params = begun(init_params(self._model, config), corpus, config, resuming=resuming)
        self._schedule = learning_rate(config.optim, config.train.steps)
        optimizer = make_optimizer(config.optim, self._schedule, params)
        self.state = init_state(params, optimizer, config.train.seed)
        self._step = self._make_step(optimizer)
        self.batches = train_batches(corpus, config, jax.process_index(), jax.process_count())
        self.watch = Watch(config)
        self.closing = f"Label with: xtts-jax label --ckpt {workdir} --data.root CORPUS --out FOLDER"

    def step(self, number: int) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
        del number  # one program from the first step to the last
        return self._step

    def preflight(self) -> list[Finding]:
        """One batch for ever, at the peak rate without warm-up."""
        config = self._config
        optimizer = make_optimizer(config.optim, config.optim.learning_rate, self.state.params)
        state = init_state(self.state.params, optimizer, config.train.seed)
        batch = small_batch(self._corpus, config)
        lines, found = rehearse(self._make_step(optimizer), state, batch, config)
        losses = [line["loss/total"] for line in lines]
        print(
            f"Preflight: {len(losses)} steps on one batch: loss {losses[0]:.3f} -> {losses[-1]:.3f} nat a "
            "symbol"
        )
        return found or _judge(losses)

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

    def error(self, metrics: dict[str, float]) -> float:
        return metrics["per"]

    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None:
        """What was said and what was heard in held-out recordings, beneath each other."""
        del state, recorder  # the evaluation of this step has just listened
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


class RecogniserValidator:
    """Held-out recordings heard, and how much of it is wrong."""

    def __init__(self, model: Recogniser, corpus: Corpus, config: Config, said: np.ndarray) -> None:
        planned = islice(fixed_plan(corpus, config, corpus.validation), config.train.eval_batches)
        self._batches = [(plan.indices, load_batch(corpus, config, plan), valid) for plan, valid in planned]
        self._corpus = corpus
        self._hear = parallel.compile_step(
            make_hearing(model, config, corpus.stats, said), donate_state=False
        )
        self.heard: list[tuple[str, str, str]] = []  # id, what was said, what was heard; of the last call

    def __call__(self, replicated_params: Params) -> dict[str, float]:
        """Metrics by name, without the `eval/` they are logged under."""
        self.heard, languages, errors, symbols = [], [], 0.0, 0
        for indices, batch, valid in self._batches:
            shards = parallel.shard((batch, valid))
            heard: Heard = jax.device_get(parallel.unreplicate(self._hear(replicated_params, *shards)))
            for row in np.flatnonzero(heard.valid[: len(indices)]).tolist():
                self.heard.append(self._texts(int(indices[row]), heard, row))
                languages.append(str(self._corpus.index.language[indices[row]]))
            errors += float(heard.errors[heard.valid].sum())
            symbols += int(heard.reference_lengths[heard.valid].sum())
        said = [phones(said) for _, said, _ in self.heard]
        found = [phones(found) for _, _, found in self.heard]
        rates = error_rates(said, found, languages)
        return {
            "per": rates.all,
            "per_wrong_text": rates.wrong,
            "length_ratio": sum(map(len, found)) / max(sum(map(len, said)), 1),
            "loss": errors / max(symbols, 1),
            **{f"per/{language}": rate for language, rate in rates.languages.items()},
        }

    def _texts(self, index: int, heard: Heard, row: int) -> tuple[str, str, str]:
        decode = self._corpus.tokenizer.decode
        said = decode(heard.reference[row, : heard.reference_lengths[row]])
        return str(self._corpus.index.id[index]), said, decode(heard.symbols[row, : heard.lengths[row]])


def init_params(model: Recogniser, config: Config) -> Params:
    """Params for any batch shape."""

    def init(seed: jax.Array) -> Params:
        mel = jnp.zeros((1, config.frames_per_position, config.audio.n_mels))
        lengths = jnp.ones(1, jnp.int32)
        return cast(Params, model.init(jax.random.key(seed), mel, lengths, train=False)["params"])

    return jax.jit(init)(jnp.asarray(config.train.seed, jnp.int32))


def _judge(losses: list[float]) -> list[Finding]:
    if losses[-1] < LEARNED * losses[0]:
        return []
    return [
        Finding(
            "one_batch_not_learned",
            SEVERE,
            f"{len(losses)} steps on one batch took the loss from {losses[0]:.3f} to {losses[-1]:.3f} nat a "
            "symbol: hardly lower.",
            "optim.learning_rate is tiny or huge, or preflight.steps are too few to tell.",
            "set optim.learning_rate to what configs/recogniser.py has; raise preflight.steps.",
        )
    ]
