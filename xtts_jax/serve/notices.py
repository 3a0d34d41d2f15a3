"""What a user should know of a step, caught in the thread that takes it."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from xtts_jax.errors import UserNotice

log = logging.getLogger(__name__)
_lock = threading.Lock()
_mine = threading.local()
_open: list[warnings.catch_warnings] = []  # one for each thread within `caught`, of which the first counts


@contextmanager
def caught(notices: list[str]) -> Iterator[None]:
    """Adds every new `UserNotice` of this thread to `notices`, and logs its other warnings.

    What the `warnings` module knows is one for all threads: the first to come changes it, the last to go
    restores it.
    """
    _mine.notices = notices
    _enter()
    try:
        yield
    finally:
        _leave()
        _mine.notices = None


def _enter() -> None:
    with _lock:
        _open.append(warnings.catch_warnings())
        if len(_open) == 1:
            _open[0].__enter__()
            warnings.simplefilter("always", UserNotice)
            warnings.showwarning = _show


def _leave() -> None:
    with _lock:
        last = _open.pop()
        if not _open:
            last.__exit__(None, None, None)


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del file, line
    notices: list[str] | None = getattr(_mine, "notices", None)
    if notices is None or not issubclass(category, UserNotice):
        log.warning("%s:%d: %s", filename, lineno, message)
    elif str(message) not in notices:
        notices.append(str(message))
