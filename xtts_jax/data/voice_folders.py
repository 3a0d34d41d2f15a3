"""Folders that each hold the table of one speaker."""

import re
from collections.abc import Sequence
from pathlib import Path

from xtts_jax.data.contents import is_language, is_set

_PART = re.compile(
    r"(?:parts?|batch|session|dis[ck]|cd|chapter|chunk|shard|split|vol|volume|book|day|set|folder|data|wavs?|audio)"
    r"(?:[ _.-]?\d+)?",
    re.IGNORECASE,
)


def folder_speakers(root: Path, tables: Sequence[Path]) -> dict[Path, str]:
    """The speaker of each table that has none of its own: its folder, if folders are those of speakers.

    They are if each of several tables has a folder of its own, and no folder is named like a set (train), a
    language or a part (batch_2).
    """
    folders = {path: path.parent.relative_to(root).parts for path in tables}
    names = {parts[-1] for parts in folders.values() if parts}
    if len(tables) < 2 or len(names) < len(tables) or any(map(_names_no_voice, names)):
        return {}
    return {path: parts[-1] for path, parts in folders.items()}


def _names_no_voice(folder: str) -> bool:
    return is_set(re.split(r"[ _.-]", folder)[0]) or is_language(folder) or bool(_PART.fullmatch(folder))
