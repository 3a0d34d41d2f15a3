"""How fast a run trains."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import jax


class Meter:
    """Frames per second, and the CPU seconds that this process spent on training, without evaluation."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_before = cpu_s - time.process_time()
        self._frames, self._since = 0, time.perf_counter()

    def count(self, frames: int) -> None:
        self._frames += frames * jax.process_count()

    def read(self) -> dict[str, float]:
        now = time.perf_counter()
        values = {
            "frames_per_s": self._frames / (now - self._since),
            "cpu_s": self._cpu_before + time.process_time(),
        }
        self._frames, self._since = 0, now
        return values

    @contextmanager
    def paused(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._since += time.perf_counter() - wall
        self._cpu_before -= time.process_time() - cpu
