"""How many may do something at the same time."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from xtts_jax.serve.problems import Problem


class Places:
    def __init__(self, most: int, doing: str, wait_s: float = 1.0) -> None:
        """doing: what is done at a place, for messages; wait_s: after which another try is worth it."""
        self._most, self._doing = most, doing
        self.wait_s, self.taken = wait_s, 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Within it a place is taken. Raises a `Problem` where none is free."""
        if self.taken >= self._most:
            wait_s = math.ceil(self.wait_s)
            raise Problem(
                429,
                f"{self.taken} {self._doing}, which is all that this server does at once. Try again in about "
                f"{wait_s} s.",
                code="full",
                headers={"Retry-After": str(wait_s)},
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
