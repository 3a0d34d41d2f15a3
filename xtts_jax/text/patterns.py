"""Regular expressions that stay compiled: normalization has more of them than the 512 that `re` keeps."""

import re
from collections.abc import Callable
from functools import lru_cache

_KEPT = 4096


@lru_cache(_KEPT)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def sub(
    pattern: str, replacement: str | Callable[[re.Match[str]], str], text: str, count: int = 0, flags: int = 0
) -> str:
    """`re.sub`, without compiling the pattern again."""
    return _compiled(pattern, flags).sub(replacement, text, count)
