"""What Orbax prints of errors that are raised as well, kept off the terminal."""

import logging
import sys
from collections.abc import Callable
from types import CoroutineType

_CLOSED = "Event loop is closed"
_MARKS = ("orbax", "OCDBT")  # in what asyncio logs of their tasks


def keep_orbax_quiet() -> None:
    """Without tracebacks of exceptions that it raises, and of reads and writes that it abandons then.

    When one of them fails, TensorStore still reports the end of each of the others to an event loop that is
    closed by now.
    """
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_is_of_others)
    if not isinstance(sys.unraisablehook, _Filter):
        sys.unraisablehook = _Filter(sys.unraisablehook)


def _is_of_others(record: logging.LogRecord) -> bool:
    return not any(mark in record.getMessage() for mark in _MARKS)


class _Filter:
    def __init__(self, otherwise: Callable[["sys.UnraisableHookArgs"], object]) -> None:
        self._otherwise = otherwise

    def __call__(self, unraisable: "sys.UnraisableHookArgs") -> None:
        reported = isinstance(unraisable.exc_value, RuntimeError) and str(unraisable.exc_value) == _CLOSED
        if not reported and not _is_of_orbax(unraisable.object):
            self._otherwise(unraisable)


def _is_of_orbax(thing: object) -> bool:
    return isinstance(thing, CoroutineType) and "orbax" in thing.cr_code.co_filename
