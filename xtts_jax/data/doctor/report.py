"""The doctor's report, as a table and as JSON values."""

import textwrap
from collections import Counter
from typing import Any

from xtts_jax.data.doctor.diagnosis import Diagnosis
from xtts_jax.data.doctor.files import sample_rates
from xtts_jax.data.doctor.survey import Survey, can_be_spoken
from xtts_jax.findings import SEVERE

_WIDTH, _INDENT = 110, " " * 10
_EXAMPLES, _EXAMPLE_WIDTH = 3, 28
_LISTED = 3  # speakers, and languages


def table(survey: Survey, diagnoses: list[Diagnosis]) -> str:
    """What was examined, a paragraph for each finding, and the verdict."""
    seen = looked_at(survey) | ({"columns": f"\n{' ' * 15}".join(survey.columns)} if survey.columns else {})
    head = [f"  {name:<12} {value}" for name, value in seen.items()]
    return "\n".join([f"Corpus {survey.root}", *head, "", *map(_paragraph, diagnoses), verdict(diagnoses)])


def summary(survey: Survey, diagnoses: list[Diagnosis]) -> str:
    """How the columns are read, the verdict and a line for each finding; printed before preparation."""
    columns = [f"  {column}" for column in survey.columns]
    lines = [f"  {d.finding.severity:<8} {d.finding.name}: {d.finding.seen}" for d in diagnoses]
    more = f"  `xtts-jax doctor {survey.root}` examines more and says what to do."
    head = [*(["Metadata:"] if columns else []), *columns, f"Doctor: {verdict(diagnoses)}"]
    return "\n".join([*head, *lines, *([more] if diagnoses else [])])


def values(survey: Survey, diagnoses: list[Diagnosis]) -> dict[str, Any]:
    """The whole report as JSON values, with all ids concerned."""
    return {
        "corpus": str(survey.root),
        "looked_at": looked_at(survey),
        "findings": [
            {**diagnosis.finding._asdict(), "count": len(diagnosis.ids), "ids": list(diagnosis.ids)}
            for diagnosis in diagnoses
        ],
        "verdict": verdict(diagnoses),
    }


def looked_at(survey: Survey) -> dict[str, str]:
    rows, readable, probed = len(survey.clips), survey.readable, len(survey.probed)
    named, lost = survey.named, probed - len(readable)
    decoded = sum(not sound.complaint for _, sound in survey.heard)
    converted = sum(not spoken.complaint for _, spoken in survey.spoken)
    silent = sum(not can_be_spoken(clip.row) for clip in survey.clips) + len(survey.spoken) - converted
    seconds = sum(recording.seconds for _, recording in readable)
    minutes = f"{seconds / 60:.1f}" + (f" in the {probed} files" if probed < named else "")
    return {
        "layout": survey.layout.partition(" (")[0],
        **({"columns": "; ".join(survey.columns)} if survey.columns else {}),
        "rows": str(rows),
        "files": f"{named} with a row, {len(survey.unlisted)} without; "
        f"headers read: {_share(len(readable), named, lost)}; "
        f"decoded: {_share(decoded, named, lost + len(survey.heard) - decoded)}",
        "texts": f"converted to symbols: {_share(converted, rows, silent)}"
        if survey.needs_text
        else "not examined (data.frontend is none)",
        "minutes": minutes,
        "speakers": _counts(Counter(clip.row.speaker for clip in survey.clips if clip.row.speaker)),
        "languages": _counts(Counter(clip.language for clip in survey.clips)),
        "sample rates": ", ".join(f"{hz} Hz ({count})" for hz, count in sample_rates(readable)) or "none",
    }


def verdict(diagnoses: list[Diagnosis]) -> str:
    severe = [diagnosis.finding.name for diagnosis in diagnoses if diagnosis.finding.severity == SEVERE]
    mild = len(diagnoses) - len(severe)
    warnings = f"{mild} warning{'' if mild == 1 else 's'}"
    if severe:
        return f"severe: {', '.join(severe)}; {warnings}. Fix what is severe before you train on this corpus."
    if mild:
        return f"nothing severe, {warnings}: read {'it' if mild == 1 else 'them'} before you train."
    return "nothing found. The corpus is ready for training."


def _paragraph(diagnosis: Diagnosis) -> str:
    finding, ids = diagnosis
    more = ["..."] if len(ids) > _EXAMPLES else []
    examples = ", ".join([_shortened(name) for name in ids[:_EXAMPLES]] + more)
    lines = [
        f"{finding.severity:<9} {finding.name:<20} {len(ids):>6}  {examples}",
        *_indented(finding.seen),
        *_indented(f"Likely cause: {finding.cause}"),
        *_indented(f"What to do: {finding.remedy}"),
    ]
    return "\n".join(lines) + "\n"


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _shortened(name: str) -> str:
    return name if len(name) <= _EXAMPLE_WIDTH else f"{name[: _EXAMPLE_WIDTH - 1]}…"


def _share(part: int, whole: int, lost: int) -> str:
    """What share of the whole it is; `lost` of it were tried in vain."""
    if part == whole:
        return "all" if whole else "none"
    return f"{part} of {whole}, {'drawn at random' if part + lost < whole else 'the others cannot be'}"


def _counts(counter: Counter[str]) -> str:
    listed = ", ".join(f"{_shortened(name)} {count}" for name, count in counter.most_common(_LISTED))
    return f"{len(counter)} ({listed}{', ...' if len(counter) > _LISTED else ''})"
