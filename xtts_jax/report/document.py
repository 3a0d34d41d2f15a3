"""A run on one page: `report.html`, which opens from disk without a server or a network."""

import json
import math
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from xtts_jax.errors import UserError
from xtts_jax.findings import SEVERE
from xtts_jax.report.curves import charts, number
from xtts_jax.report.evaluation import evaluation
from xtts_jax.report.figures import FREE, key_figures
from xtts_jax.report.page import page
from xtts_jax.report.samples import samples
from xtts_jax.report.verdict import Found, kind, verdict
from xtts_jax.runs.metrics_log import FILE, Points, read_metrics, series

_SETTLE_STEPS = 100  # for runs that are older than health.settle_steps

# Label, group and key in config.json, in the order of the head.
SETTINGS = (
    ("Corpus", "data", "root"),
    ("Language", "data", "language"),
    ("Front end", "data", "frontend"),
    ("Decoder", "model", "decoder"),
    ("Width", "model", "width"),
    ("Batch size", "train", "batch_size"),
    ("Peak learning rate", "optim", "learning_rate"),
    ("Frozen", "optim", "freeze"),
    ("Started from", "train", "init_from"),
    ("Seed", "train", "seed"),
)


def write_report(workdir: Path, findings: Found) -> Path:
    """Writes WORKDIR/report.html about a run and the findings (step, finding) in its log.

    Raises `UserError` where the folder has no log of a run, or cannot be written to.
    """
    settings = _settings(workdir)
    curves = series(read_metrics(workdir))
    if not curves:
        raise UserError(
            f"{workdir / FILE} has no figures yet. Try again once the training has logged its first step."
        )
    path = workdir / "report.html"
    try:
        path.write_text(
            page(f"Report: {_name(workdir)}", _body(workdir, settings, curves, findings)), encoding="utf-8"
        )
    except OSError as error:
        raise UserError(
            f"The report cannot be written to {path} ({error}). Make room, or fix the permissions."
        ) from error
    return path


def _settings(workdir: Path) -> dict[str, Any]:
    """`config.json` as it is, so that runs of other versions, with other keys, get a report as well."""
    path = workdir / "config.json"
    if not path.is_file():
        raise UserError(
            f"{workdir} is not a run folder: it has no config.json. Give the folder of a training, the "
            "--workdir of run_train.py."
        )
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        steps, frame = (
            settings["train"]["steps"],
            settings["audio"]["hop_length"] / settings["audio"]["sample_rate"],
        )
        if not (steps > 0 and frame > 0):
            raise ValueError("train.steps and audio.hop_length must be above 0")
    except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise UserError(
            f"{path} is damaged ({error!r}). Restore it from a copy, or train a new run."
        ) from error
    return settings


def _body(workdir: Path, settings: dict[str, Any], curves: dict[str, Points], findings: Found) -> str:
    ordered = sorted(findings, key=lambda pair: (pair[1].severity != SEVERE, pair[0]))
    last = {name: points[-1][1] for name, points in curves.items()}
    frame_ms = 1000 * settings["audio"]["hop_length"] / settings["audio"]["sample_rate"]
    marks = sorted({step for step, finding in ordered if finding.severity == SEVERE})
    best = _best(curves, settings)
    note = '<p class="soft">Dotted red lines: severe findings.</p>' if marks else ""
    return (
        _head(workdir, settings, curves, ordered, best)
        + "<main>"
        + f'<h2 id="findings">Findings</h2>{_findings(ordered)}'
        + f'<h2 id="figures">Last evaluation</h2>{key_figures(last, frame_ms)}'
        + f'<h2 id="quality">Where quality is lost</h2>{evaluation(workdir)}'
        + f'<h2 id="curves">Curves</h2>{note}<div class="charts">{charts(curves, marks)}</div>'
        + f'<h2 id="samples">Spoken samples</h2>{samples(workdir, best)}'
        + "</main>"
    )


def _head(
    workdir: Path, settings: dict[str, Any], curves: dict[str, Points], findings: Found, best: int | None
) -> str:
    judged = (findings, _reached(curves), _settle_steps(settings))
    facts = {
        "Step reached": f"{_reached(curves):,} of {settings['train']['steps']:,}",
        "Best step": _best_shown(workdir, curves, best),
        "Last logged": f"{datetime.fromtimestamp((workdir / FILE).stat().st_mtime):%Y-%m-%d %H:%M}",
        **_facts(settings),
    }
    shown = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items()
    )
    return (
        f'<header><h1>{escape(_name(workdir))}</h1><p class="soft">Training report of xtts_jax</p>'
        f'<p class="verdict {kind(*judged)}">{escape(verdict(*judged))}</p>'
        '<nav aria-label="On this page"><a href="#findings">Findings</a>'
        '<a href="#figures">Last evaluation</a><a href="#quality">Where quality is lost</a>'
        '<a href="#curves">Curves</a>'
        '<a href="#samples">Spoken samples</a></nav>'
        f'<dl class="facts">{shown}</dl></header>'
    )


def _name(workdir: Path) -> str:
    return workdir.resolve().name


def _facts(settings: dict[str, Any]) -> dict[str, str]:
    empty = {"Corpus": "built-in demo corpus", "Frozen": "nothing", "Started from": "scratch"}
    facts = {}
    for label, group, key in SETTINGS:
        if group in settings and key in settings[group]:
            value = settings[group][key]
            text = ", ".join(value) if isinstance(value, list) else str(value)
            facts[label] = text or empty.get(label, "not set")
    return facts


def _settle_steps(settings: dict[str, Any]) -> int:
    known = "health" in settings and "settle_steps" in settings["health"]
    return settings["health"]["settle_steps"] if known else _SETTLE_STEPS


def _reached(curves: dict[str, Points]) -> int:
    return max(points[-1][0] for points in curves.values())


def _best(curves: dict[str, Points], settings: dict[str, Any]) -> int | None:
    """The evaluated step with the lowest free-running mel error, or the newest with discriminators."""
    evaluated = [(value, step) for step, value in curves.get(FREE, []) if math.isfinite(value)]
    start = settings["adversarial"]["start"] if "adversarial" in settings else 0
    if judged := [step for _, step in evaluated if 0 < start < step]:
        return judged[-1]
    return min(evaluated)[1] if evaluated else None


def _best_shown(workdir: Path, curves: dict[str, Points], best: int | None) -> str:
    if best is None:
        return "not evaluated yet"
    kept = "" if (workdir / "checkpoints" / str(best)).is_dir() else ", checkpoint not kept"
    return f"{best:,} (mel error {number(dict(curves[FREE])[best])}{kept})"


def _findings(findings: Found) -> str:
    if not findings:
        return "<p>None: the run passed every check that its log allows.</p>"
    return "\n".join(
        f'<section class="finding {escape(finding.severity)}"><h3>{escape(finding.name)} '
        f'<span><span class="severity">{escape(finding.severity)}</span>, step {step:,}</span></h3>'
        f"<dl><dt>Seen</dt><dd>{escape(finding.seen)}</dd>"
        f"<dt>Likely cause</dt><dd>{escape(finding.cause)}</dd>"
        f"<dt>What to do</dt><dd>{escape(finding.remedy)}</dd></dl></section>"
        for step, finding in findings
    )
