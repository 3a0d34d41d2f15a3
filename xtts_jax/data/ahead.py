"""Batches loaded ahead of their use."""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

T = TypeVar("T")

MOST_THREADS = 8  # with more, Python's own lock is what they wait for
_MORE = 2  # batches ahead for which there is no thread


class LoadedAhead(Generic[T]):
    """The endless iterator load(0), load(1), ..., whose next items threads load meanwhile.

    load: a pure function of the position that any thread may call. Its error is raised in its turn.
    """

    def __init__(self, load: Callable[[int], T]) -> None:
        self._load, self._position = load, 0
        self._ahead = threads() + _MORE
        self._threads = ThreadPoolExecutor(threads(), "batches")
        self._coming: deque[Future[T]] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while len(self._coming) < self._ahead:
            self._coming.append(self._threads.submit(self._load, self._position + len(self._coming)))
        self._position += 1
        return self._coming.popleft().result()

    def seek(self, position: int) -> None:
        """Goes on with load(position)."""
        while self._coming:
            self._coming.pop().cancel()
        self._position = position


def threads() -> int:
    """How many load at a time: one for each core, within limits."""
    return min(max(os.cpu_count() or 1, 2), MOST_THREADS)
