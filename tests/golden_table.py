"""The golden tables of `tests/golden`: a kind, what is written, and what is said."""

from pathlib import Path
from typing import Any

import pytest


def read(name: str) -> list[tuple[str, str, str]]:
    text = (Path(__file__).parent / "golden" / name).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    return [(kind, written, spoken) for kind, written, spoken in rows]


def cases(lines: list[tuple[str, str, str]]) -> list[Any]:
    """What is written and what is said, as parameters of a test, named by kind and line."""
    return [
        pytest.param(written, spoken, id=f"{kind}, line {number}")
        for number, (kind, written, spoken) in enumerate(lines, start=1)
    ]
