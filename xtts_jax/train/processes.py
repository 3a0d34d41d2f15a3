"""What the processes that train one run together tell each other.

Process 0 leads: it prepares the corpus, writes the run folder and shows the progress. The others follow, and
read what it wrote, so all of them need the same file system.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, TypeVar

import jax
from jax.experimental import multihost_utils

from xtts_jax.errors import UserError

T = TypeVar("T")

GLANCE_S = 2  # between looks at whether another process has failed
_DONE = "done"
_HOST = "xtts_jax/host"  # the key of a process's host, with its number
_FAILED = "xtts_jax/failed"  # the key of why a process failed, with its number
_works, _values = count(), count()  # number what the leader does first, and tells; all count alike


class OthersError(UserError):
    """What another process has already said of its own failure."""


def leads() -> bool:
    """Whether this process writes what only one may write."""
    return jax.process_index() == 0


def leader_first(work: Callable[[], T]) -> T:
    """Calls `work` in every process, in the others once the leader has finished it.

    Returns when all have. Raises `OthersError` where another process failed meanwhile.
    """
    if jax.process_count() == 1:
        return work()
    key = f"xtts_jax/work_{next(_works)}"
    if not leads():
        _wait_for(key)
    result = work()
    if leads():
        _store().key_value_set(key, _DONE)
        for process in range(1, jax.process_count()):
            _wait_for(f"{key}_{process}")
        _store().key_value_set(f"{key}_all", _DONE)
    else:
        _store().key_value_set(f"{key}_{jax.process_index()}", _DONE)
        _wait_for(f"{key}_all")
    return result


def from_leader(value: str) -> str:
    """What the leader calls this with, whatever `value` is here."""
    if jax.process_count() == 1:
        return value
    key = f"xtts_jax/value_{next(_values)}"
    if leads():
        _store().key_value_set(key, value)
        return value
    return _wait_for(key)


def announce() -> None:
    """Tells the others what `on_this_machine` asks for."""
    _store().key_value_set(f"{_HOST}_{jax.process_index()}", socket.gethostname())


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
        going_on = "finishing the steps that have begun, then saving."
        print(f"\n{received[-1]}: {going_on}", file=sys.stderr, flush=True)

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


def tell_failure(error: BaseException) -> None:
    """Has all who wait for this process raise an `OthersError`, unless they know already."""
    if not isinstance(error, OthersError):
        with suppress(jax.errors.JaxRuntimeError):  # nobody is left
            _store().key_value_set(f"{_FAILED}/{jax.process_index()}", described(error))


def told_failure() -> str:
    """What another process told of its failure; "" where none did, or none can be reached."""
    try:
        found = _store().key_value_dir_get(_FAILED)
    except jax.errors.JaxRuntimeError:
        return ""
    others = (f"Process {key.rpartition('/')[2]} has failed: {said}" for key, said in found)
    return next(others, "")


def described(error: BaseException) -> str:
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def _wait_for(key: str) -> str:
    while True:
        try:
            return _store().blocking_key_value_get(key, GLANCE_S * 1000)
        except jax.errors.JaxRuntimeError as error:
            if "DEADLINE_EXCEEDED" not in str(error):
                raise
        if failure := told_failure():
            raise OthersError(failure)


def _store() -> Any:
    """The client of the processes' key-value store, for which JAX has no public name."""
    from jax._src import distributed

    return distributed.global_state.client
