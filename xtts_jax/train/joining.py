"""How the processes that train one run become a group, and what is said where they do not.

They join `jax.distributed`, whose service also notices when one of them dies. JAX then aborts the others
with a stack trace of its own, and a parent that stays beside each of them says what happened.
"""

import inspect
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import jax

from xtts_jax.errors import INTERRUPTED, FieldError, UserError
from xtts_jax.train.meeting import REMEDY, meet
from xtts_jax.train.processes import OthersError, announce, described, leads, tell_failure, told_failure

CONNECTED_S = 300  # to wait for the others when a run starts
SILENCE_S = 30  # after which a process that gives no sign of life counts as dead
LOST = (
    "Another process of this run has died or cannot be reached any more; if it failed, its own last line "
    "says why. Run the same commands again, with as many processes as you like, to go on from the last "
    "checkpoint."
)
_KEPT = "XTTS_JAX_KEPT"  # set in the child of `keep`: the descriptor of the file that takes its last words
_OWN = "error: "  # before words that are not JAX's

_PORT = r"[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]"
_ADDRESS = re.compile(rf"(\S+):({_PORT})")


class Group(NamedTuple):
    """How a process finds the others; None where a cluster (a TPU pod, Slurm, Open MPI) tells JAX."""

    coordinator: str | None = None  # host:port of process 0
    processes: int | None = None
    process: int | None = None


def is_kept() -> bool:
    return _KEPT in os.environ


def keep(command: Sequence[str]) -> int:
    """Runs a command of a group as a child, and returns its status; `UserError` where JAX aborted it.

    The status of a child that Ctrl-C ended is 130, although all processes of a group end as by SIGTERM.
    """
    interrupted = False
    with TemporaryFile() as words:
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ | {_KEPT: str(words.fileno())}
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, env=quiet, start_new_session=True, pass_fds=[words.fileno()]
        )

        def pass_on(number: int, _: object) -> None:
            nonlocal interrupted
            interrupted |= number == signal.SIGINT
            child.send_signal(number)

        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, pass_on)
        status = child.wait()
        if status == -signal.SIGABRT:
            words.seek(0)
            raise _aborted(words.read().decode("utf-8", "replace"))
    if interrupted and status:
        return INTERRUPTED
    return status if status >= 0 else 128 - status


def _aborted(words: str) -> UserError:
    """words: why the child had failed before, or what JAX said while it connected, or nothing."""
    if words.startswith(_OWN):
        return UserError(words.removeprefix(_OWN))
    return _not_joined(words) if words else UserError(LOST)


def _not_joined(words: str) -> FieldError:
    if "ALREADY_EXISTS" in words:
        return FieldError(
            "Another process of this run has the same number. Give each its own {process}, from 0 to one "
            "less than {processes}."
        )
    return FieldError(f"Not all processes of this run had come after {CONNECTED_S // 60} minutes. {REMEDY}")


@contextmanager
def joined(group: Group | None) -> Iterator[None]:
    """Within it this process is one of a group, if given. Must precede the first use of a device."""
    if group is None:
        yield
        return
    if is_kept():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    _check(group)
    _connect(group)
    if not leads():
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    try:
        with _loss_explained():
            yield
    except BaseException as error:
        _leave(_OWN + described(error))
        tell_failure(error)
        raise


@contextmanager
def _loss_explained() -> Iterator[None]:
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" in str(error):
            raise
        raise OthersError(told_failure() or f"{LOST} JAX says: {_first_line(error)}") from error


def _check(group: Group) -> None:
    given = [value is not None for value in group]
    if any(given) and not all(given):
        raise FieldError(
            "{coordinator}, {processes} and {process} belong together: give all three, or none of them where "
            "a TPU pod, Slurm or Open MPI started this process."
        )
    if group.coordinator is None or group.processes is None or group.process is None:
        return
    if not 0 <= group.process < group.processes:
        raise FieldError(
            "{process} must be from 0 to one less than {processes}, not {given} of {many}.",
            given=group.process,
            many=group.processes,
        )
    if not (parts := _ADDRESS.fullmatch(group.coordinator)):
        raise FieldError(
            "{coordinator} must be the host and the port of process 0, such as 10.0.0.5:1234, not {given!r}.",
            given=group.coordinator,
        )
    _require_host(parts[1])


def _require_host(host: str) -> None:
    try:
        socket.getaddrinfo(host.strip("[]"), None)
    except (OSError, UnicodeError) as error:
        raise FieldError(
            "{coordinator} must be the host and the port of process 0, but no machine is called {host!r} "
            "here. Give its address, such as 10.0.0.5:1234.",
            host=host,
        ) from error


def _connect(group: Group) -> None:
    limits: dict[str, Any] = {
        "initialization_timeout": CONNECTED_S,
        "heartbeat_timeout_seconds": SILENCE_S,
        "shutdown_timeout_seconds": SILENCE_S,
    }
    known = inspect.signature(jax.distributed.initialize).parameters
    _say_waiting(group)
    _meet(group)
    try:
        with _ended_at_once(), _heard_by_parent():
            jax.distributed.initialize(*group, **{name: limits[name] for name in limits if name in known})
    except ValueError as error:
        raise FieldError(
            "No TPU pod, Slurm or Open MPI that JAX knows has started this process. Give {coordinator}, "
            "{processes} and {process} instead of {distributed}."
        ) from error
    except RuntimeError as error:
        raise _not_joined(str(error)) from error
    announce()


def _meet(group: Group) -> None:
    """Where a cluster has numbered the processes, JAX can be left to wait for them."""
    if group.coordinator and group.processes is not None and group.process is not None:
        host, _, port = group.coordinator.rpartition(":")
        meet(host.strip("[]"), int(port), group.processes, group.process, CONNECTED_S)


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


@contextmanager
def _heard_by_parent() -> Iterator[None]:
    """Within it the parent gets what is written to stderr, to say in its own words what it means."""
    if not is_kept():
        yield
        return
    errors = sys.__stderr__.fileno() if sys.__stderr__ else 2
    before = os.dup(errors)
    os.dup2(int(os.environ[_KEPT]), errors)
    try:
        yield
    finally:
        os.dup2(before, errors)
        os.close(before)
    _leave("")


def _leave(words: str) -> None:
    """Last words for the parent, in place of any before."""
    if is_kept():
        os.ftruncate(int(os.environ[_KEPT]), 0)
        os.pwrite(int(os.environ[_KEPT]), words.encode(), 0)


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # until the parent is gone
    os._exit(1)


def _first_line(error: BaseException) -> str:
    """Without what gRPC adds to it."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line.partition(" [type.googleapis.com")[0][:200]
