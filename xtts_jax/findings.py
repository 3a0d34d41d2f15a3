"""What a check found wrong, in one shape for recordings, preflight, training and reports."""

import textwrap
from collections.abc import Iterable
from typing import NamedTuple

SEVERE, WARNING = "severe", "warning"


class Finding(NamedTuple):
    """One thing that is wrong; docs/training.md and docs/data.md list the names.

    severe: training on would give noise or nothing. warning: it goes on, and should be looked at.
    """

    name: str
    severity: str
    seen: str  # the figures, and where
    cause: str  # the likeliest
    remedy: str

    def __str__(self) -> str:
        text = f"{self.seen} Likely cause: {self.cause} What to do: {self.remedy}"
        return textwrap.fill(f"{self.severity}: {self.name}. {text}", 110, subsequent_indent="    ")


def severe(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == SEVERE]


def paragraph(findings: Iterable[Finding]) -> str:
    """The findings in one line, for a `UserError`."""
    return " ".join(
        f"[{finding.name}] {finding.seen} Likely cause: {finding.cause} What to do: {finding.remedy}"
        for finding in findings
    )


def some(names: list[str]) -> str:
    """The first few of many names."""
    return (", ".join(names[:6]) or "none") + (f" and {len(names) - 6} more" if len(names) > 6 else "")
