"""The queue: a few threads speak, a piece at a time in turn, for all requests that have a place.

A request asks for its next piece when it has sent the last one. So none waits for another's long text, a
slow reader fills no memory, and nothing more is spoken for a client that has left.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from xtts_jax.errors import listening
from xtts_jax.serve.places import Places
from xtts_jax.serve.problems import closing

T = TypeVar("T")
LONGEST_WAIT_S = 60
_SMOOTHING = 0.1  # weight of the newest request in the usual time of one
_MOST_THREADS = 8  # each has the arrays of a sentence


class Desk:
    def __init__(self, places: int, threads: int | None = None) -> None:
        """threads: that speak; None: one for each core, as a sentence hardly keeps two of them busy."""
        self.places, self.closing = Places(places, "requests are being spoken or wait for it"), False
        self._threads = ThreadPoolExecutor(threads or min(_cores(), _MOST_THREADS), "speaking")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Within it a request is spoken or waits its turn. Raises a `Problem` where there is none free."""
        self.require_open()
        start = time.monotonic()
        with self.places.take():
            yield
        usual_s = self.places.wait_s + _SMOOTHING * (time.monotonic() - start - self.places.wait_s)
        self.places.wait_s = min(LONGEST_WAIT_S, usual_s)

    def require_open(self) -> None:
        if self.closing:
            raise closing()

    async def turns(self, start: Callable[[], Iterator[T]], notices: list[str]) -> AsyncIterator[T]:
        """What the iterator gives that `start` makes, each step taken by a thread in its turn.

        What a user should know of them is added to `notices`.
        """
        iterator = await self.do(start, notices)
        end = object()
        while (item := await self.do(partial(next, iterator, end), notices)) is not end:
            yield item  # type: ignore[misc]

    async def do(self, work: Callable[[], T], notices: list[str]) -> T:
        """One step; whoever stops waiting for it before its turn takes it off the queue."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(_noticed, work, notices))

    def end(self, *, wait: bool) -> None:
        """wait: until the steps are taken that are under way."""
        self._threads.shutdown(wait, cancel_futures=True)


def _noticed(work: Callable[[], T], notices: list[str]) -> T:
    def note(notice: str) -> None:
        if notice not in notices:
            notices.append(notice)

    with listening(note):
        return work()


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
