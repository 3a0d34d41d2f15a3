"""Problems that checks find, in one form for recordings, preflight, training and reports."""

import re
import textwrap
from collections.abc import Iterable
from typing import NamedTuple

SEVERE, WARNING = "severe", "warning"
_JOINER_IN_WORD = re.compile(r"((?<=\w)[\u200c\u200d](?=\w))")


class Finding(NamedTuple):
    """A problem; docs/training.md and docs/data.md list the names.

    severe: training would produce noise or nothing. warning: training continues, but look into it.
    """

    name: str
    severity: str
    seen: str  # what was measured, and where
    cause: str  # the most likely one
    remedy: str

    def __str__(self) -> str:
        text = f"{self.seen} Likely cause: {self.cause} What to do: {self.remedy}"
        return textwrap.fill(f"{self.severity}: {self.name}. {text}", 110, subsequent_indent="    ")


def severe(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == SEVERE]


def paragraph(findings: Iterable[Finding]) -> str:
    """All findings as one paragraph, for a `UserError`."""
    return " ".join(
        f"[{finding.name}] {finding.seen} Likely cause: {finding.cause} What to do: {finding.remedy}"
        for finding in findings
    )


def some(names: list[str]) -> str:
    """The first six names, and the number of the others."""
    return (", ".join(names[:6]) or "none") + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def quoted(text: str) -> str:
    """In quotes, with code points for what cannot be seen, except joiners within words, which shape them."""
    parts = _JOINER_IN_WORD.split(text)
    return f"'{''.join(part if i % 2 else _visible(part) for i, part in enumerate(parts))}'"


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in text)
