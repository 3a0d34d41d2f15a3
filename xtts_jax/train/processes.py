"""The processes that train one run together, on one machine or on the hosts of a pod or a cluster.

Process 0 leads: it prepares the corpus, writes the run folder and shows the progress. The others follow, and
read what it wrote, so all of them need the same file system. They find each other by `jax.distributed`, whose
service also notices when one dies.
"""

import inspect
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple, TypeVar

import jax
from jax.experimental import multihost_utils

from xtts_jax.errors import FieldError, UserError

T = TypeVar("T")

CONNECTED_S = 300  # to wait for the others when a run starts
SILENCE_S = 30  # after which a process that gives no sign of life counts as dead
LONGEST_S = 7 * 24 * 3600  # that the leader may need for anything
AGAIN = "Run the same commands again, with as many processes as you like, to go on from the last checkpoint."
_KEPT = "XTTS_JAX_KEPT"  # set in the child of `keep`
_DONE = "done"
_HOST = "xtts_jax/host"  # the key of a process's host, with its number
_works, _values = count(), count()  # number what the leader does first, and tells; all count alike

_PORT = "[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]"
_ADDRESS = re.compile(rf"\S+:({_PORT})")


class Group(NamedTuple):
    """How a process finds the others; None where a cluster (a TPU pod, Slurm, Open MPI) tells JAX."""

    coordinator: str | None = None  # host:port of process 0
    processes: int | None = None
    process: int | None = None


def leads() -> bool:
    """Whether this process writes what only one may write."""
    return jax.process_index() == 0


def leader_first(work: Callable[[], T]) -> T:
    """Calls `work` in every process, in the others once the leader has finished it.

    Returns when all have. Raises `UserError` in the others where the leader failed.
    """
    if jax.process_count() == 1:
        return work()
    key = f"xtts_jax/work_{next(_works)}"
    outcome = _DONE
    try:
        if not leads() and (outcome := _wait_for(key)) != _DONE:
            raise UserError(f"Process 0 has failed: {outcome}")
        return work()
    except BaseException as error:
        outcome = f"{error}" or type(error).__name__
        raise
    finally:
        if leads():
            _store().key_value_set(key, outcome)
        if outcome == _DONE:
            _store().wait_at_barrier(key, LONGEST_S * 1000)


def from_leader(value: str) -> str:
    """What the leader calls this with, whatever `value` is here."""
    if jax.process_count() == 1:
        return value
    key = f"xtts_jax/value_{next(_values)}"
    if leads():
        _store().key_value_set(key, value)
        return value
    return _wait_for(key)


def on_this_machine() -> int:
    """How many processes of the group, among them this one, are on the machine that this one is on."""
    if jax.process_count() == 1:
        return 1
    hosts = [_wait_for(f"{_HOST}_{process}") for process in range(jax.process_count())]
    return hosts.count(hosts[jax.process_index()])


def told_to_stop(step: int) -> bool:
    """Whether all processes should stop after this step, because SIGTERM or SIGINT reached one of them."""
    return jax.process_count() > 1 and multihost_utils.reached_preemption_sync_point(step)


@contextmanager
def stop_signals() -> Iterator[list[str]]:
    """The names of signals received meanwhile, so that the run can save a checkpoint before it ends.

    Where several processes train, none: `told_to_stop` is how they hear of any.
    """
    received: list[str] = []

    def note(number: int, _: object) -> None:
        received.append(signal.Signals(number).name)
        print(f"\n{received[-1]}: stopping after this step, then saving.", file=sys.stderr, flush=True)

    handlers = {signal.SIGTERM: note, signal.SIGINT: note}
    if jax.process_count() > 1:
        handlers = {signal.SIGINT: _interrupt_all}
    before = {kind: signal.signal(kind, handler) for kind, handler in handlers.items()}
    try:
        yield received
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _interrupt_all(*_: object) -> None:
    """The handler of SIGINT in a group: passes it on as SIGTERM, of which JAX tells all processes."""
    os.kill(os.getpid(), signal.SIGTERM)


def is_kept() -> bool:
    return _KEPT in os.environ


def keep(command: Sequence[str]) -> int:
    """Runs a command of a group as a child, and returns its status.

    Where another process dies, JAX aborts this one's child at once; only a parent can then say why.
    """
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ | {_KEPT: "1"}
    child = subprocess.Popen(command, stdin=subprocess.PIPE, env=quiet, start_new_session=True)
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda number, _: child.send_signal(number))
    status = child.wait()
    if status == -signal.SIGABRT:
        raise UserError(f"Another process of this run has died or cannot be reached any more. {AGAIN}")
    return status if status >= 0 else 128 - status


@contextmanager
def joined(group: Group | None) -> Iterator[None]:
    """Within it this process is one of a group, if given. Must precede the first use of a device."""
    if group is None:
        yield
        return
    if is_kept():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    _connect(group)
    if not leads():
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" in str(error):
            raise
        raise UserError(f"The processes have lost each other ({_first_line(error)}). {AGAIN}") from error


def _connect(group: Group) -> None:
    given = [value is not None for value in group]
    if any(given) and not all(given):
        raise FieldError(
            "{coordinator}, {processes} and {process} belong together: give all three, or none of them where "
            "a TPU pod, Slurm or Open MPI started this process."
        )
    if group.coordinator is not None and not _ADDRESS.fullmatch(group.coordinator):
        raise FieldError(
            "{coordinator} must be the host and the port of process 0, such as 10.0.0.5:1234, not {given!r}.",
            given=group.coordinator,
        )
    limits: dict[str, Any] = {
        "initialization_timeout": CONNECTED_S,
        "heartbeat_timeout_seconds": SILENCE_S,
        "shutdown_timeout_seconds": SILENCE_S,
    }
    known = inspect.signature(jax.distributed.initialize).parameters
    _say_waiting(group)
    try:
        with _ended_at_once():
            jax.distributed.initialize(*group, **{name: limits[name] for name in limits if name in known})
    except (ValueError, RuntimeError) as error:
        raise UserError(
            f"This process could not join the others ({_first_line(error)}). Start as many processes as you "
            "name, all with the address of process 0, which must be reachable from every host, and each with "
            "its own number, from 0."
        ) from error
    _store().key_value_set(f"{_HOST}_{jax.process_index()}", socket.gethostname())


def _say_waiting(group: Group) -> None:
    where = f" at {group.coordinator}" if group.coordinator else ""
    said = f"Waiting for the other processes{where}, for up to {CONNECTED_S // 60} minutes."
    print(said, file=sys.stderr, flush=True)


@contextmanager
def _ended_at_once() -> Iterator[None]:
    """Signals end the process although it is busy outside Python; JAX handles SIGTERM afterwards."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # until the parent is gone
    os._exit(1)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _wait_for(key: str) -> str:
    while True:
        try:
            return _store().blocking_key_value_get(key, SILENCE_S * 1000)
        except jax.errors.JaxRuntimeError as error:
            if "DEADLINE_EXCEEDED" not in str(error):
                raise
            time.sleep(1)


def _store() -> Any:
    """The client of the processes' key-value store, for which JAX has no public name."""
    from jax._src import distributed

    return distributed.global_state.client
