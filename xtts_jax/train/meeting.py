"""Where the processes of a group wait for each other, at the address that JAX takes when all are there.

JAX says nothing until its time is over. Here all say after a while who is missing, and a number that two have
ends all at once. Process 0 receives the others, each of which sends a line with its number. Its answers are
lines too: who is missing, and in the end `come`, or what is wrong.
"""

import os
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress

from xtts_jax.errors import FieldError, UserError

PATIENCE_S = 10.0  # before it is said who is missing
REMEDY = (
    "Start as many as you give with {processes}, each with its own {process}, from 0, and all with the "
    "address of process 0 as {coordinator}, which all machines must be able to reach."
)
_GLANCE_S = 0.2
_SLOW_S = 2.0  # for a connection, and for the first line on it
_LONGEST_LINE = 1000
_SHOWN = 8  # numbers in a line
_HELLO, _MISSING, _COME = "xtts_jax", "missing", "come"
_WRONG = {
    "twice": "Two processes of this run have the number {value}. Give each its own {process}, from 0 to one "
    "less than {processes}.",
    "unlike": "Process 0 of this run was started with {value} {processes}, and another process with another "
    "number. Give all the same.",
    "absent": f"Not all processes of this run had come in time: {{value}} was missing. {REMEDY}",
}


def meet(host: str, port: int, processes: int, process: int, seconds: float) -> None:
    """Returns when all processes are there; raises `FieldError` where they are not after so many seconds."""
    if process == 0:
        _receive(port, processes, seconds)
    else:
        _attend(host, port, f"{_HELLO} {process} {processes}\n", seconds)


def _receive(port: int, processes: int, seconds: float) -> None:
    end, said, silent_until = time.monotonic() + seconds, "", time.monotonic() + PATIENCE_S
    with _door(port) as door, closing(_Reception(door, processes)) as reception:
        while missing := reception.missing():
            reception.take_next()
            if time.monotonic() > end:
                reception.refuse("absent", missing)
            if missing != said and time.monotonic() > silent_until:
                _say(missing)
                reception.tell(_MISSING, missing)
                said, silent_until = missing, time.monotonic() + PATIENCE_S
        reception.tell(_COME)


class _Reception:
    """At the door: who is there, and what all of them are told."""

    def __init__(self, door: socket.socket, processes: int) -> None:
        door.settimeout(_GLANCE_S)
        self._door, self._processes = door, processes
        self._guests: dict[int, socket.socket] = {}

    def missing(self) -> str:
        """Who is not there, or not any more."""
        for number in [number for number, guest in self._guests.items() if _has_left(guest)]:
            self._guests.pop(number).close()
        return _named([each for each in range(1, self._processes) if each not in self._guests])

    def take_next(self) -> None:
        """Waits for a short time; refuses all where the next one cannot be one of them."""
        try:
            guest, _ = self._door.accept()
        except TimeoutError:
            return
        if (said := _greeting(guest)) is None:
            guest.close()
            return
        number, processes = said
        if processes != self._processes:
            self.refuse("unlike", str(self._processes), guest)
        if number in self._guests:
            self.refuse("twice", str(number), guest)
        self._guests[number] = guest

    def refuse(self, wrong: str, value: str, *others: socket.socket) -> None:
        self.tell(wrong, value, *others)
        raise FieldError(_WRONG[wrong], value=value)

    def tell(self, kind: str, value: str = "", *others: socket.socket) -> None:
        for guest in (*self._guests.values(), *others):
            with suppress(OSError):
                guest.sendall(f"{kind} {value}\n".encode())

    def close(self) -> None:
        for guest in self._guests.values():
            guest.close()


def _door(port: int) -> socket.socket:
    """Refuses a port that is taken, which JAX would share with another process 0: both would wait in vain."""
    try:
        if socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        return socket.create_server(("", port))
    except OSError as error:
        raise FieldError(
            "Process 0 cannot listen at port {port} of this machine ({cause}): another process may have the "
            "number 0 too, or another program the port. Give each process its own {process}, or all of them "
            "another port in {coordinator}.",
            port=port,
            cause=os.strerror(error.errno or 0),
        ) from error


def _greeting(guest: socket.socket) -> tuple[int, int] | None:
    """The number of a process, and how many it thinks there are; None for what is not a process."""
    guest.settimeout(_SLOW_S)
    try:
        hello, number, processes = guest.makefile(encoding="ascii").readline(_LONGEST_LINE).split()
        guest.setblocking(False)
        return (int(number), int(processes)) if hello == _HELLO else None
    except (OSError, ValueError):
        return None


def _has_left(guest: socket.socket) -> bool:
    try:
        return not guest.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _attend(host: str, port: int, greeting: str, seconds: float) -> None:
    with _reached(host, port, seconds) as leader:
        leader.settimeout(seconds + PATIENCE_S)  # process 0 gives up before
        try:
            leader.sendall(greeting.encode())
            for line in leader.makefile(encoding="ascii", errors="replace"):
                kind, _, value = line.strip().partition(" ")
                if kind == _COME:
                    return
                _heed(kind, value)
        except OSError:
            pass
    raise UserError(
        "Process 0 of this run ended while the others were waited for; its own last line says why. Run the "
        "same commands again."
    )


def _heed(kind: str, value: str) -> None:
    if kind == _MISSING:
        _say(value)
    elif kind in _WRONG:
        raise FieldError(_WRONG[kind], value=value)
    else:
        raise FieldError(
            "The processes at the address in {coordinator} are complete without this one, or another program "
            "has the port. Give each process its own {process}, and all of them another port where an "
            "earlier run still has this one."
        )


def _reached(host: str, port: int, seconds: float) -> socket.socket:
    begun, said = time.monotonic(), False
    while True:
        with suppress(OSError):
            leader = socket.create_connection((host, port), timeout=_SLOW_S)
            if leader.getsockname() != leader.getpeername():  # as may happen where nobody listens
                return leader
            leader.close()
        waited = time.monotonic() - begun
        if waited > seconds:
            raise FieldError(_WRONG["absent"], value=_named([0]))
        if waited > PATIENCE_S and not said:
            said = True
            _say(_named([0]))
        time.sleep(_GLANCE_S)


def _named(numbers: Sequence[int]) -> str:
    shown = [f"process {number}" for number in numbers[:_SHOWN]]
    return ", ".join([*shown, f"{len(numbers) - _SHOWN} more"] if len(numbers) > _SHOWN else shown)


def _say(missing: str) -> None:
    print(f"Still waiting for {missing}.", file=sys.stderr, flush=True)
