"""How a command ends: with status 0 when it is done, otherwise with one paragraph on stderr."""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, TextIO

from xtts_jax.errors import INTERRUPTED, FieldError, InterruptionError, UserError, UserNotice

_ENDING = {  # signals that end a command, and what they do by default
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}


def run(command: Callable[[Sequence[str]], None]) -> None:
    """Calls `command` with the arguments of the process.

    Exits with status 1 and a paragraph on stderr where the user or the system stopped it, with 128 and its
    number where a signal did.
    """
    warnings.showwarning = _show
    for kind, usual in _ENDING.items():
        if signal.getsignal(kind) is usual:
            signal.signal(kind, _interrupt)
    try:
        command(sys.argv[1:])
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(INTERRUPTED if isinstance(error, InterruptionError) else 1)
    except BrokenPipeError:
        _end_without_reader()
    except OSError as error:
        print(f"error: {_describe(error)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt as stopped:
        _end_interrupted(*stopped.args)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raises KeyboardInterrupt, except while modules are imported, many of which would swallow it."""
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _end_interrupted(number)
        frame = frame.f_back
    raise KeyboardInterrupt(number)


def _end_interrupted(number: int = signal.SIGINT) -> NoReturn:
    """At once: Python's own ending would crash where another thread compiles."""
    print("interrupted", file=sys.stderr, flush=True)
    os._exit(128 + number)


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A notice is for the user, any other warning for developers, who need the line of code."""
    shown = f"warning: {message}\n"
    if not issubclass(category, UserNotice):
        shown = warnings.formatwarning(message, category, filename, lineno, line)
    print(shown, end="", file=file or sys.stderr)


def _end_without_reader() -> NoReturn:
    """Exits in silence, with the status of SIGPIPE, as other programs do in `... | head`."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    sys.exit(128 + signal.SIGPIPE)


def _describe(error: OSError) -> str:
    where = " -> ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    return (
        f"The system refused: {error.strerror or error}{f' ({where})' if where else ''}. Check that the disk "
        "has room and that this user may read and write there, or name another folder; then run the command "
        "again."
    )


@contextmanager
def flags(names: Mapping[str, str]) -> Iterator[None]:
    """Within it, an error that names fields calls each by its flag, where `names` has one."""
    try:
        yield
    except FieldError as error:
        raise UserError(error.named(lambda field: names.get(field, field))) from error
