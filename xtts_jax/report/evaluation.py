"""The last `xtts-jax evaluate` of a run: where quality is lost, with a sentence to listen to in every row."""

import base64
import json
from html import escape
from pathlib import Path
from typing import Any

from xtts_jax.runs.settings import EVALUATION, REPORT

TITLES = {
    "recordings": "Recordings",
    "copied": "Their mels through the vocoder",
    "given_prosody": "Our mels; durations, pitch and energy given",
    "given_durations": "Our mels; durations given",
    "free": "Our speech, free-running",
    "learned": "A sentence that was trained on, all given",
}
COLUMNS = {"wer": "WER", "cer": "CER", "p808": "P.808", "ovrl": "OVRL"}
BUDGET = 2_500_000  # bytes of WAV in the table


def evaluation(workdir: Path) -> str:
    """HTML: the table, its conclusion and the players; a sentence where nothing was evaluated with judges."""
    report = _read(workdir / EVALUATION / REPORT)
    if report is None:
        return (
            f"<p>None yet: <code>xtts-jax evaluate --ckpt {escape(str(workdir))}</code> measures how well "
            "the run speaks, and where its quality is lost.</p>"
        )
    rows, said = report["speech"]["rows"], report["speech"]["sentences"]
    first = next(iter(rows.values()))
    columns = [name for name, value in first.items() if isinstance(value, dict)]
    head = "".join(f'<th scope="col">{escape(_title(COLUMNS, name))}</th>' for name in columns)
    players = _players(workdir, said)
    body = "".join(
        f'<tr><th scope="row">{escape(_title(TITLES, row))}</th>'
        + "".join(f'<td class="value">{_figure(values[name])}</td>' for name in columns)
        + f"<td>{players.get(row, '')}</td></tr>"
        for row, values in rows.items()
    )
    return (
        f'<p class="soft">Step {report["step"]:,}; means over {len(said["free"]["ids"])} sentences, with '
        "95 % intervals.</p>"
        f'<table><thead><tr><th scope="col"></th>{head}<th scope="col">Listen</th></tr></thead>'
        f"<tbody>{body}</tbody></table><p>{escape(report['speech']['conclusion'])}</p>"
    )


def _read(path: Path) -> dict[str, Any] | None:
    """The report; None where there is none, or one without judges."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if "speech" in report else None


def _figure(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} <small>±{(value['high'] - value['low']) / 2:.3f}</small>"


def _players(workdir: Path, sentences: dict[str, dict[str, list[str]]]) -> dict[str, str]:
    """A player for the first sentence of each row, as long as BUDGET lasts."""
    players, room = {}, BUDGET
    for row, said in sentences.items():
        path = workdir / EVALUATION / row / f"{said['ids'][0].replace('/', '_')}.wav"
        size = path.stat().st_size if path.is_file() else BUDGET + 1
        if size <= room:
            room -= size
            content = base64.b64encode(path.read_bytes()).decode()
            label = escape(f"{_title(TITLES, row)}: {said['texts'][0]}", quote=True)
            source = f"data:audio/wav;base64,{content}"
            players[row] = f'<audio controls preload="none" aria-label="{label}" src="{source}"></audio>'
    return players


def _title(titles: dict[str, str], name: str) -> str:
    """That of a name from `titles`; scores of the user's own judges are called by their names."""
    return titles.get(name, name)
