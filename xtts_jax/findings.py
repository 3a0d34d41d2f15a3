"""Problems that checks find, in one form for recordings, preflight, training and reports."""

import textwrap
from collections.abc import Iterable
from typing import NamedTuple

SEVERE, WARNING = "severe", "warning"


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
