"""A run from its first step, or its last checkpoint, to its end."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from xtts_jax.config import AUTO, Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.soundness import examine
from xtts_jax.errors import InterruptionError, UserError
from xtts_jax.findings import Finding, paragraph, severe
from xtts_jax.models.ops import compute_dtype
from xtts_jax.runs import checkpoint
from xtts_jax.runs.folder import claimed, open_run, require_leaders
from xtts_jax.runs.metrics_log import Line, begin_log
from xtts_jax.runs.settings import read_config
from xtts_jax.train import batch_size, parallel
from xtts_jax.train.health import leaf_names, loggable
from xtts_jax.train.kinds import KINDS
from xtts_jax.train.meter import Meter
from xtts_jax.train.processes import from_leader, leader_first, leads, stop_signals, told_to_stop
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.state import TrainState
from xtts_jax.train.task import Task
from xtts_jax.train.warm_start import as_seen
from xtts_jax.train.watch import Watch


def train(config: Config, workdir: Path, corpus: Corpus) -> None:
    """Trains to `config.train.steps`; the same call resumes a stopped run where it was saved.

    Raises `UserError` when the run cannot go on, and, after saving, when SIGTERM stopped it, and
    `InterruptionError` when SIGINT did.
    """
    _require_same_precision(config)
    with claimed(workdir) if leads() else nullcontext():
        kind, begun = KINDS[config.train.model], bool(checkpoint.saved_steps(workdir))
        if kind.normalizes:
            corpus = as_seen(corpus, config, workdir, resuming=begun)
        require_sound = cache(partial(_require_sound, corpus, config))
        newest, config = leader_first(partial(_open, workdir, config, corpus, require_sound))
        if (
            newest >= config.train.steps
            and checkpoint.is_readable(workdir, newest)
            and not _owes_evaluation(config, workdir, newest)
        ):
            print(f"{workdir} is already at step {newest} of {config.train.steps}: nothing to do.")
            return
        require_sound()
        task = leader_first(lambda: kind.task(config, corpus, workdir, resuming=newest > 0))
        with parallel.memory_explained(config.train.batch_size, config.train.accumulate):
            _train_on(config, workdir, task, Watch(config, kind.rules), resuming=newest > 0)


def _require_same_precision(config: Config) -> None:
    ours = compute_dtype(config.compute_dtype).name
    if (theirs := from_leader(ours)) != ours:
        raise UserError(
            f"This process computes in {ours}, because compute_dtype is {config.compute_dtype}, but process "
            f"0 in {theirs}. Give every process the same, such as --config.compute_dtype={theirs}; auto "
            "means float32 on a CPU and bfloat16 on an accelerator."
        )


def _open(
    workdir: Path, config: Config, corpus: Corpus, require_sound: Callable[[], None]
) -> tuple[int, Config]:
    """The newest step of the run, which begins or resumes, and its configuration, with a batch size."""
    newest = max(checkpoint.saved_steps(workdir), default=0)
    if config.train.batch_size == AUTO:
        require_sound()  # before anything is compiled
        config = _sized(workdir, config, corpus, known=newest > 0 or not leads())
    parallel.check_batch_size(config.train.batch_size, config.train.accumulate)
    if leads():
        open_run(workdir, config, corpus, resuming=newest > 0)
    else:
        require_leaders(workdir, config)
    return newest, config


def _sized(workdir: Path, config: Config, corpus: Corpus, *, known: bool) -> Config:
    """With the batch size that `config.json` has, if `known`, else with the largest that fits."""
    kind = KINDS[config.train.model]

    def make_task(config: Config) -> Task:
        return kind.task(config, corpus, workdir, resuming=True)

    if known:
        size = read_config(workdir).train.batch_size
        print(f"train.batch_size=auto: {size}, as in {workdir / 'config.json'}.")
    else:
        size = batch_size.auto(config, make_task, kind.group(config))
    return replace(config, train=replace(config.train, batch_size=size))


def _train_on(config: Config, workdir: Path, task: Task, watch: Watch, *, resuming: bool) -> None:
    state, first, owed = task.state, 0, False
    if resuming:
        state, first = leader_first(partial(checkpoint.restore, workdir, state))
        owed = leader_first(partial(_owes_evaluation, config, workdir, first))
        task.batches.seek(first)
        print(f"Resuming {workdir} at step {first}.")
    else:
        _check_before(config, workdir, task)
        print(f"Training in {workdir}: checkpoints/, metrics.jsonl, and from each evaluation samples/.")
    print(task.describe())
    print("The first step of each batch shape is compiled, which may take a minute each.", flush=True)
    manager = checkpoint.open_manager(workdir, config.train.keep_every) if leads() else None
    with Recorder(workdir, first, config.train.steps, active=leads()) as recorder:
        run, everywhere = _Run(config, workdir, task, watch, manager, recorder), parallel.replicate(state)
        if owed:
            run.catch_up(first, everywhere)
        run.go(everywhere, first)
    print(f"Done. {task.closing}")


def _is_evaluated(config: Config, step: int) -> bool:
    return step % config.train.eval_every == 0 or step == config.train.steps


def _owes_evaluation(config: Config, workdir: Path, step: int) -> bool:
    """Whether the run was stopped before the evaluation of its checkpoint of this step."""
    return _is_evaluated(config, step) and not checkpoint.is_measured(workdir, step)


def _check_before(config: Config, workdir: Path, task: Task) -> None:
    """Begins the log with what the preflight finds; `UserError` where training would be pointless."""
    found = task.preflight() if config.preflight.enabled else []
    if leads():
        begin_log(workdir, found)
    for finding in found:
        print(f"  {finding}")
    if severe(found):
        raise UserError(
            f"Preflight failed, so training did not start. {paragraph(severe(found))} "
            "--config.preflight.enabled=false skips this check."
        )


def _require_sound(corpus: Corpus, config: Config) -> None:
    """Prints what is wrong with the corpus; raises `UserError` where training on it would be pointless."""
    found = examine(corpus, config)
    for finding in found:
        print(finding)
    if severe(found) and config.health.stop:
        raise UserError(
            f"Training did not start, because the corpus in {corpus.folder} is not fit for it. "
            f"{paragraph(severe(found))} To train on it in spite of this: --config.health.stop=false."
        )


class _Run:
    """A run's parts, which stay the same from step to step."""

    def __init__(
        self,
        config: Config,
        workdir: Path,
        task: Task,
        watch: Watch,
        manager: ocp.CheckpointManager | None,
        recorder: Recorder,
    ) -> None:
        self.config, self.workdir, self.task, self.watch = config, workdir, task, watch
        self.manager, self.recorder = manager, recorder
        self.leaf_names = leaf_names(task.state.params)
        self.unread: dict[int, jax.Array] = {}  # which utterances were finite, by step, since the last line
        self.compile_s = 0.0  # since the last line

    def go(self, state: TrainState, first: int) -> None:
        config, meter, number = self.config.train, Meter(self.recorder.cpu_s), first
        programs: dict[Callable, parallel.Programs] = {}
        sick: list[Finding] = []
        stopping = False
        with stop_signals() as stopped:
            for number in range(first + 1, config.steps + 1):
                batch = next(self.task.batches)
                step = self.task.step(number)
                if step not in programs:
                    programs.clear()  # those of an earlier phase do not come back
                    programs[step] = parallel.Programs(step, self._compiled)
                state, metrics = programs[step](state, parallel.shard(batch))
                self.unread[number] = metrics["utterance_finite"]
                meter.count(self.task.frames(batch))
                self.recorder.tick()
                if number % config.log_every == 0 or number in (first + 1, config.steps):
                    values = {"learning_rate": self.task.learning_rate(number - 1)} | meter.read()
                    values |= self._compilations()
                    sick = self._log(number, jax.device_get(parallel.unreplicate(metrics)), values)
                error = None
                stopping = bool(stopped) or told_to_stop(number)
                if _is_evaluated(self.config, number) and not stopping and not sick:
                    with meter.paused():
                        error, worse = self._evaluate(number, state)
                    sick += worse
                ended = bool(stopping or sick)
                if number % config.checkpoint_every == 0 or number == config.steps or ended:
                    self._save(number, state, error)
                if ended:
                    break
            if self.manager:
                checkpoint.finish(self.manager)
        self._require_well(number, sick)
        if stopping:
            raise self._stopped(stopped[0] if stopped else "a signal", number)

    def _stopped(self, signal_name: str, number: int) -> UserError:
        steps = self.config.train.steps
        rest = "to go on" if number < steps else "for its last evaluation"
        kind = InterruptionError if signal_name == "SIGINT" else UserError
        return kind(
            f"Stopped by {signal_name} at step {number} of {steps}, which is saved in {self.workdir}. Run "
            f"the same command again {rest}."
        )

    def catch_up(self, number: int, state: TrainState) -> None:
        """The evaluation of a saved step, for which an earlier call had no time."""
        error, sick = self._evaluate(number, state)
        if self.manager:
            checkpoint.add_error(self.manager, number, error)
        self._require_well(number, sick)

    def _require_well(self, number: int, sick: list[Finding]) -> None:
        if sick:
            raise UserError(
                f"The run cannot succeed, so it stopped at step {number}, which is saved in {self.workdir}. "
                f"{paragraph(sick)} To go on in spite of this, run the same command with "
                "--config.health.stop=false."
            )

    def _log(self, number: int, metrics: dict[str, Any], values: dict[str, float]) -> list[Finding]:
        """Writes the line; returns the findings that end the run."""
        shown = loggable(metrics, self.leaf_names) | {"utterances_not_finite": self._not_finite()} | values
        return self._watched(self.recorder.line(number, shown))

    def _compiled(self, seconds: float, needed: int) -> None:
        self.compile_s += seconds
        parts = [f"A batch shape was compiled in {seconds:.1f} s"]
        if needed:
            there = parallel.memory_there()
            limit = f" of {there / 2**30:.1f} GiB" if there else ""
            parts.append(f"a step takes {needed / 2**30:.2f} GiB{limit}")
        self.recorder.say(f"{'; '.join(parts)}.")

    def _compilations(self) -> dict[str, float]:
        """Only where there were any since the last line."""
        spent, self.compile_s = self.compile_s, 0.0
        return {"compile_s": spent} if spent else {}

    def _not_finite(self) -> list[str]:
        """Utterances that gave values that are not finite, since the last log line."""
        names: set[str] = set()
        for number, flags in self.unread.items():
            broken = np.flatnonzero(~jax.device_get(parallel.unreplicate(flags)))
            if len(broken):
                ids = self.task.ids(number - 1)
                names |= {ids[i] for i in broken}
        self.unread.clear()
        return sorted(names)

    def _watched(self, line: Line) -> list[Finding]:
        found = self.watch(line)
        for finding in found:
            self.recorder.finding(line["step"], finding)
        return severe(found) if self.config.health.stop else []

    def _evaluate(self, number: int, state: TrainState) -> tuple[float, list[Finding]]:
        """The error that chooses the best checkpoint, and the findings that end the run."""
        metrics = self.task.evaluate(state)
        line = self.recorder.line(number, {f"eval/{name}": value for name, value in metrics.items()})
        self.recorder.say(f"step {number}: {self.task.summarize(metrics)}")
        if leads() and self.config.train.samples:
            try:
                self.task.write_samples(state, number, self.workdir, self.recorder)
            except UserError as error:
                self.recorder.say(f"step {number}: no samples were written. {error}")
        return self.task.error(metrics, number), self._watched(line)

    def _save(self, number: int, state: TrainState, error: float | None) -> None:
        if self.manager:
            checkpoint.save(self.manager, number, jax.device_get(parallel.unreplicate(state)), error)
