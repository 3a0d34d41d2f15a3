"""The queue: one thread speaks, a piece at a time in turn, for all requests that have a place.

A request asks for its next piece when it has sent the last one. So none waits for another's long text, a
slow reader fills no memory, and nothing more is spoken for a client that has left.
"""

import asyncio
import logging
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from xtts_jax.errors import UserNotice
from xtts_jax.serve.places import Places
from xtts_jax.serve.problems import Problem

T = TypeVar("T")
LONGEST_WAIT_S = 60
_SMOOTHING = 0.1  # weight of the newest request in the usual time of one

log = logging.getLogger(__name__)


class Desk:
    def __init__(self, places: int) -> None:
        self.places, self.closing = Places(places, "requests are being spoken or wait for it"), False
        self._thread = ThreadPoolExecutor(1, "speaking")

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
            raise Problem(
                503,
                "The server is being stopped and takes nothing new. Try again when it has started again.",
                code="closing",
                headers={"Retry-After": "10"},
            )

    async def turns(self, start: Callable[[], Iterator[T]], notices: list[str]) -> AsyncIterator[T]:
        """What the iterator gives that `start` makes, each step taken by the thread in its turn.

        What a user should know of them is added to `notices`.
        """
        iterator = await self.do(start, notices)
        end = object()
        while (item := await self.do(partial(next, iterator, end), notices)) is not end:
            yield item  # type: ignore[misc]

    async def do(self, work: Callable[[], T], notices: list[str]) -> T:
        """One step; whoever stops waiting for it before its turn takes it off the queue."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(_noticed, work, notices))

    def end(self, *, wait: bool) -> None:
        """wait: until the step is taken that is under way."""
        self._thread.shutdown(wait, cancel_futures=True)


def _noticed(work: Callable[[], T], notices: list[str]) -> T:
    """Only the speaking thread may call this: the state of `warnings` is one for all threads."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserNotice)
        try:
            return work()
        finally:
            for warning in caught:
                if not issubclass(warning.category, UserNotice):
                    log.warning("%s:%d: %s", warning.filename, warning.lineno, warning.message)
                elif str(warning.message) not in notices:
                    notices.append(str(warning.message))
