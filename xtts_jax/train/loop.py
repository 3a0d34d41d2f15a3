"""A run from its first step, or its last checkpoint, to its end."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grain
import jax
import numpy as np
import orbax.checkpoint as ocp

from xtts_jax import checkpoint
from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import train_batches
from xtts_jax.errors import UserError
from xtts_jax.models.xtts import XTTS
from xtts_jax.train import parallel
from xtts_jax.train.optimizer import describe_modules, learning_rate, make_optimizer
from xtts_jax.train.preflight import preflight
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.run import claimed, open_run
from xtts_jax.train.samples import Samples
from xtts_jax.train.state import TrainState, init_params, init_state
from xtts_jax.train.step import make_train_step
from xtts_jax.train.validation import Validator
from xtts_jax.train.warm_start import warm_start
from xtts_jax.types import Batch

MOST_SKIPPED = 5  # consecutive steps without a finite gradient that stop a run


def train(config: Config, workdir: Path, corpus: Corpus) -> None:
    """Trains to `config.train.steps`; the same call goes on where a stopped run was saved.

    Raises `UserError` when the run cannot go on, and when SIGTERM or SIGINT stopped it, after saving.
    """
    parallel.check_batch_size(config.train.batch_size, config.train.accumulate)
    with claimed(workdir):
        manager = checkpoint.open_manager(workdir, config.train.keep_every)
        first = manager.latest_step() or 0
        open_run(workdir, config, corpus, resuming=first > 0)
        if first >= config.train.steps:
            print(f"{workdir} is already at step {first} of {config.train.steps}: nothing to do.")
            return
        _train_from(first, config, workdir, corpus, manager)


def _train_from(
    first: int, config: Config, workdir: Path, corpus: Corpus, manager: ocp.CheckpointManager
) -> None:
    model = XTTS(config, len(corpus.tokenizer), len(corpus.tokenizer.languages))
    params = init_params(model, config.train.seed)
    if first == 0 and config.train.init_from:
        params, report = warm_start(params, corpus.tokenizer, Path(config.train.init_from).expanduser())
        print(report)
    schedule = learning_rate(config.optim, config.train.steps)
    optimizer = make_optimizer(config.optim, schedule, params)
    batches = train_batches(corpus, config, jax.process_index(), jax.process_count())
    if first == 0 and config.preflight.enabled:
        preflight(model, params, corpus)
    state = init_state(params, optimizer)
    if first:
        state, position = checkpoint.restore(manager, first, state)
        batches.set_state(position)
        print(f"Resuming {workdir} at step {first}.")
    print(describe_modules(params, config.optim))
    print("The first step of each batch shape is compiled, which may take a minute each.", flush=True)
    with Recorder(workdir, first, config.train.steps, active=jax.process_index() == 0) as recorder:
        run = _Run(config, workdir, model, corpus, manager, recorder, batches)
        step = parallel.compile_step(make_train_step(model, optimizer, corpus.stats), donate_state=True)
        run.go(parallel.replicate(state), first, step, schedule)
    print(f'Done. Speak with: python run_infer.py --ckpt {workdir} --text "..." --out speech.wav')


class _Run:
    """What stays the same from step to step."""

    def __init__(
        self,
        config: Config,
        workdir: Path,
        model: XTTS,
        corpus: Corpus,
        manager: ocp.CheckpointManager,
        recorder: Recorder,
        batches: grain.DatasetIterator[Batch],
    ) -> None:
        self.config, self.workdir, self.corpus = config, workdir, corpus
        self.manager, self.recorder, self.batches = manager, recorder, batches
        self.validator = Validator(model, corpus, config)
        self.samples = Samples(model, corpus, config, self.validator.batches[0][0])

    def go(self, state: TrainState, first: int, step: Any, schedule: Any) -> None:
        config, meter, number = self.config.train, _Meter(self.recorder.cpu_s), first
        with _stop_signals() as stopped:
            for number in range(first + 1, config.steps + 1):
                batch = next(self.batches)
                state, metrics = step(state, parallel.shard(batch))
                meter.count(batch)
                self.recorder.tick()
                if number % config.log_every == 0 or number in (first + 1, config.steps):
                    self._log(number, jax.device_get(parallel.unreplicate(metrics)), schedule, meter)
                evaluation = None
                if (number % config.eval_every == 0 or number == config.steps) and not stopped:
                    with meter.paused():
                        evaluation = self._evaluate(number, state)
                if number % config.checkpoint_every == 0 or number == config.steps or stopped:
                    self._save(number, state, evaluation)
                if stopped:
                    break
            checkpoint.finish(self.manager)
        if stopped:
            raise UserError(
                f"Stopped by {stopped[0]} at step {number} of {config.steps}, which is saved in "
                f"{self.workdir}. Run the same command again to go on."
            )

    def _log(self, number: int, metrics: dict[str, Any], schedule: Any, meter: "_Meter") -> None:
        values = {name: float(value) for name, value in metrics.items()}
        self.recorder.scalars(number, values | {"learning_rate": float(schedule(number - 1))} | meter.read())
        if values["skipped"] >= MOST_SKIPPED:
            ids = ", ".join(BatchPlan(self.corpus, self.config).ids(number - 1))
            raise UserError(
                f"Loss or gradient was not finite in {int(values['skipped'])} steps running, up to step "
                f"{number}, so the run stopped; its last checkpoint is sound. The last batch held: {ids}. "
                "Listen to these, and try a lower optim.learning_rate."
            )

    def _evaluate(self, number: int, state: TrainState) -> dict[str, float]:
        m = self.validator(state.ema)
        self.recorder.scalars(number, {f"eval/{name}": value for name, value in m.items()})
        self.recorder.say(
            f"step {number}: mel L1 {m['mel_l1_free']:.3f} free-running, {m['mel_l1_teacher']:.3f} with the "
            f"recording's durations (best constant {m['mel_l1_best_constant']:.3f}, previous frame "
            f"{m['mel_l1_previous_frame']:.3f}); durations off by {m['duration_error_frames']:.2f} frames"
        )
        if jax.process_index() == 0 and self.config.train.samples:
            self.samples.write(parallel.unreplicate(state.ema), number, self.workdir, self.recorder)
        return m

    def _save(self, number: int, state: TrainState, evaluation: dict[str, float] | None) -> None:
        metrics = {checkpoint.BEST_METRIC: evaluation[checkpoint.BEST_METRIC]} if evaluation else None
        checkpoint.save(self.manager, number, parallel.unreplicate(state), self.batches.get_state(), metrics)


class _Meter:
    """Frames a second, and the CPU seconds this process spent on training alone."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_before = cpu_s - time.process_time()
        self._frames, self._since = 0, time.perf_counter()

    def count(self, batch: Batch) -> None:
        self._frames += int(np.sum(batch.mel_lengths)) * jax.process_count()

    def read(self) -> dict[str, float]:
        now = time.perf_counter()
        values = {
            "frames_per_s": self._frames / (now - self._since),
            "cpu_s": self._cpu_before + time.process_time(),
        }
        self._frames, self._since = 0, now
        return values

    @contextmanager
    def paused(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._since += time.perf_counter() - wall
        self._cpu_before -= time.process_time() - cpu


@contextmanager
def _stop_signals() -> Iterator[list[str]]:
    """Names of the signals received: a preempted machine gets a checkpoint instead of a sudden end."""
    received: list[str] = []

    def note(number: int, _: object) -> None:
        received.append(signal.Signals(number).name)
        print(f"\n{received[-1]}: stopping after this step, then saving.", file=sys.stderr, flush=True)

    watched = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(kind, note) for kind in watched]
    try:
        yield received
    finally:
        for kind, handler in zip(watched, before, strict=True):
            signal.signal(kind, handler)
