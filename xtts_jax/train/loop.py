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
from xtts_jax.data.soundness import examine
from xtts_jax.errors import UserError
from xtts_jax.findings import Finding, paragraph, severe
from xtts_jax.models.xtts import XTTS
from xtts_jax.train import parallel
from xtts_jax.train.health import leaf_names, loggable
from xtts_jax.train.optimizer import describe_modules, learning_rate, make_optimizer
from xtts_jax.train.preflight import preflight
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.run import claimed, open_run
from xtts_jax.train.samples import Samples
from xtts_jax.train.state import TrainState, init_params, init_state
from xtts_jax.train.step import make_train_step
from xtts_jax.train.validation import Validator
from xtts_jax.train.warm_start import warm_start
from xtts_jax.train.watch import Watch
from xtts_jax.types import Batch


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
        other = Path(config.train.init_from).expanduser()
        params, report = warm_start(params, corpus.tokenizer, config.audio, other)
        print(report)
    schedule = learning_rate(config.optim, config.train.steps)
    optimizer = make_optimizer(config.optim, schedule, params)
    _require_sound(corpus, config)
    batches = train_batches(corpus, config, jax.process_index(), jax.process_count())
    if first == 0 and config.preflight.enabled:
        preflight(model, params, corpus)
    state = init_state(params, optimizer, config.train.seed)
    if first:
        state, position = checkpoint.restore(manager, first, state)
        batches.set_state(position)
        print(f"Resuming {workdir} at step {first}.")
    print(describe_modules(params, config.optim))
    print("The first step of each batch shape is compiled, which may take a minute each.", flush=True)
    with Recorder(workdir, first, config.train.steps, active=jax.process_index() == 0) as recorder:
        run = _Run(config, workdir, model, corpus, manager, recorder, batches, leaf_names(params))
        step = parallel.compile_step(make_train_step(model, optimizer, corpus.stats), donate_state=True)
        run.go(parallel.replicate(state), first, step, schedule)
    print(f'Done. Speak with: python run_infer.py --ckpt {workdir} --text "..." --out speech.wav')


def _require_sound(corpus: Corpus, config: Config) -> None:
    """Prints what is wrong with the corpus; raises `UserError` where training on it would be in vain."""
    found = examine(corpus, config)
    for finding in found:
        print(finding)
    if severe(found) and config.health.stop:
        raise UserError(
            f"Training did not start, for the corpus in {corpus.folder} is not fit for it. "
            f"{paragraph(severe(found))} To train on it all the same: --config.health.stop=false."
        )


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
        leaf_names: list[str],
    ) -> None:
        self.config, self.workdir, self.corpus = config, workdir, corpus
        self.manager, self.recorder, self.batches = manager, recorder, batches
        self.validator = Validator(model, corpus, config)
        self.samples = Samples(model, corpus, config, self.validator.batches[0][0])
        self.watch, self.leaf_names = Watch(config), leaf_names
        self.unread: dict[int, jax.Array] = {}  # by step: which utterances were finite

    def go(self, state: TrainState, first: int, step: Any, schedule: Any) -> None:
        config, meter, number = self.config.train, _Meter(self.recorder.cpu_s), first
        sick: list[Finding] = []
        with _stop_signals() as stopped:
            for number in range(first + 1, config.steps + 1):
                batch = next(self.batches)
                state, metrics = step(state, parallel.shard(batch))
                self.unread[number] = metrics["utterance_finite"]
                meter.count(batch)
                self.recorder.tick()
                if number % config.log_every == 0 or number in (first + 1, config.steps):
                    values = {"learning_rate": float(schedule(number - 1))} | meter.read()
                    sick = self._log(number, jax.device_get(parallel.unreplicate(metrics)), values)
                evaluation = None
                if (number % config.eval_every == 0 or number == config.steps) and not stopped:
                    with meter.paused():
                        evaluation, worse = self._evaluate(number, state)
                    sick += worse
                ended = bool(stopped or sick)
                if number % config.checkpoint_every == 0 or number == config.steps or ended:
                    self._save(number, state, evaluation)
                if ended:
                    break
            checkpoint.finish(self.manager)
        if sick:
            raise UserError(
                f"The run cannot go well, so it stopped at step {number}, which is saved in {self.workdir}. "
                f"{paragraph(sick)} To go on all the same, run the same command with "
                "--config.health.stop=false."
            )
        if stopped:
            raise UserError(
                f"Stopped by {stopped[0]} at step {number} of {config.steps}, which is saved in "
                f"{self.workdir}. Run the same command again to go on."
            )

    def _log(self, number: int, metrics: dict[str, Any], values: dict[str, float]) -> list[Finding]:
        """Writes the line; returns the findings that end the run."""
        shown = loggable(metrics, self.leaf_names) | {"utterances_not_finite": self._not_finite()} | values
        return self._watched(self.recorder.line(number, shown))

    def _not_finite(self) -> list[str]:
        """Utterances that gave values that are not finite since the last log line."""
        names: set[str] = set()
        for number, flags in self.unread.items():
            broken = np.flatnonzero(~jax.device_get(parallel.unreplicate(flags)))
            if len(broken):
                ids = BatchPlan(self.corpus, self.config).ids(number - 1)
                names |= {ids[i] for i in broken}
        self.unread.clear()
        return sorted(names)

    def _watched(self, line: dict[str, Any]) -> list[Finding]:
        found = self.watch(line)
        for finding in found:
            self.recorder.finding(line["step"], finding)
        return severe(found) if self.config.health.stop else []

    def _evaluate(self, number: int, state: TrainState) -> tuple[dict[str, float], list[Finding]]:
        m = self.validator(state.ema)
        line = self.recorder.line(number, {f"eval/{name}": value for name, value in m.items()})
        self.recorder.say(
            f"step {number}: mel L1 {m['mel_l1_free']:.3f} free-running, {m['mel_l1_teacher']:.3f} with the "
            f"recording's durations (best constant {m['mel_l1_best_constant']:.3f}, previous frame "
            f"{m['mel_l1_previous_frame']:.3f}); durations off by {m['duration_error_frames']:.2f} frames"
        )
        if jax.process_index() == 0 and self.config.train.samples:
            self.samples.write(parallel.unreplicate(state.ema), number, self.workdir, self.recorder)
        return m, self._watched(line)

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
