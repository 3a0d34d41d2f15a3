"""Findings with the ids that they concern, and the rule for their severity."""

from collections.abc import Sequence, Sized
from typing import NamedTuple

from xtts_jax.data.doctor.survey import Clip
from xtts_jax.findings import SEVERE, WARNING, Finding

MOST = 0.5  # a fault that makes more than this share unusable is severe


class Diagnosis(NamedTuple):
    finding: Finding
    ids: tuple[str, ...]  # clips, files or speakers concerned


def diagnose(
    name: str, sick: Sequence[Clip], of: Sized, seen: str, cause: str, remedy: str, *, spoils: bool
) -> list[Diagnosis]:
    """A finding if any clip is sick; `seen` follows their number. spoils: sick clips cannot be used."""
    if not sick:
        return []
    severity = SEVERE if spoils and len(sick) > MOST * len(of) else WARNING
    finding = Finding(name, severity, f"{len(sick)} of {len(of)} {seen}", cause, remedy)
    return [Diagnosis(finding, tuple(clip.row.id for clip in sick))]
