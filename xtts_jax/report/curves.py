"""Logged values as small charts: inline SVG, with the last values in a legend."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import escape
from typing import NamedTuple

from xtts_jax.runs.metrics_log import Points

WIDTH, HEIGHT = 400, 210
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 8, 22  # margins
COLOURS = 8  # in the style sheet; more curves repeat them, dashed
MOST_POINTS = 400  # in a curve
DOTTED = 40  # a curve with at most so many points has a dot at each
BASELINES = ("eval/mel_l1_best_constant", "eval/mel_l1_previous_frame")  # drawn as horizontal lines


class Panel(NamedTuple):
    title: str
    caption: str
    names: tuple[str, ...]  # patterns; a name belongs to the first panel with a matching one
    log: bool = False


PANELS = (
    Panel(
        "Mel error",
        "In natural-log mel units. Dashed: baselines without a model. Free-running is what a user gets.",
        ("mel_l1", "eval/mel_l1_free", "eval/mel_l1_teacher", *BASELINES),
    ),
    Panel(
        "Shuffled inputs",
        "Mel error with texts read backwards, and with references exchanged.",
        ("eval/mel_l1_*",),
    ),
    Panel("Phoneme errors", "By a recogniser, on held-out recordings; at 1, none is right.", ("eval/per*",)),
    Panel("Loss terms", "Unweighted; loss/total is the weighted sum.", ("loss/*",), log=True),
    Panel(
        "Discriminators",
        "What they teach, and their own loss, unweighted.",
        ("adversarial/*",),
        log=True,
    ),
    Panel(
        "Scores of the discriminators", "Recordings above what is generated, and not too far.", ("score/*",)
    ),
    Panel("Gradient norm", "Before clipping, whole and by module.", ("grad_norm*",), log=True),
    Panel(
        "Update ratio",
        "Size of a step relative to the parameters. About 1e-3 is healthy; 0 is frozen.",
        ("update_ratio/*",),
        log=True,
    ),
    Panel("Standing still", "Share of a module's parameters that do not change.", ("unmoved/*",)),
    Panel("Learning rate", "", ("learning_rate",)),
    Panel("Speed", "Mel frames per second, without padding; 86 are one second of speech.", ("frames_per_s",)),
    Panel("Duration error", "Mean, in frames per token.", ("eval/duration_error*",)),
    Panel("Length", "Predicted over recorded: 1 is right.", ("eval/length_ratio", "duration_ratio")),
    Panel(
        "Mel range and spread",
        "Predicted over recorded: 1 is right; 0 is the same frame all along.",
        ("mel_range_ratio", "mel_std_ratio"),
    ),
    Panel("Mel mean error", "Predicted minus recorded, in nat: 0 is right.", ("mel_mean_error",)),
    Panel(
        "Alignment",
        "How certain each frame's token is; tokens with a single frame; frames on a single token.",
        ("alignment_*", "tokens_starved"),
    ),
    Panel(
        "Voice spread",
        "How much the voices of a batch differ; at 0 they are all the same.",
        ("voice_spread",),
    ),
    Panel("Symbols", "Distinct symbols in the texts of a batch.", ("token_kinds",)),
    Panel(
        "Steps left out",
        "Steps with values that are not finite. Five in a row stop a run.",
        ("skipped", "nonfinite*"),
    ),
)


def charts(curves: dict[str, Points], marks: Sequence[int]) -> str:
    """A figure for each panel that has curves, and for each name without a panel.

    marks: steps to mark in each.
    """
    left, figures = dict(curves), []
    x = _steps_axis(curves)
    for panel in PANELS:
        names = [name for name in left if any(fnmatchcase(name, pattern) for pattern in panel.names)]
        if names:
            figures.append(_figure(panel, {name: left.pop(name) for name in names}, x, marks))
    figures += [_figure(Panel(name, "", ()), {name: points}, x, marks) for name, points in left.items()]
    return "\n".join(figures)


def number(value: float) -> str:
    """Four significant digits, without trailing zeros."""
    if not math.isfinite(value):
        return "not finite"
    if 0 < abs(value) < 1e-3:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


@dataclass(frozen=True)
class Axis:
    """Maps values to pixels. On a logarithmic axis, values that are not positive lie on the lower edge."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        share = (self._scaled(value) - self._scaled(self.low)) / (
            self._scaled(self.high) - self._scaled(self.low)
        )
        return self.start + (self.end - self.start) * share

    def ticks(self) -> list[float]:
        if not self.log:
            step = _round_step(self.high - self.low)
            first = math.ceil(self.low / step - 1e-9)
            return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]
        decades = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
        return [10.0**power for power in decades[:: math.ceil(len(decades) / 6)]]

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten, so that two to six steps make the span."""
    power = 10.0 ** math.floor(math.log10(span / 6))
    return min(factor * power for factor in (1, 2, 5, 10) if factor * power >= span / 6)


def _figure(panel: Panel, curves: dict[str, Points], x: Axis, marks: Sequence[int]) -> str:
    y = _values_axis(curves, log=panel.log)
    lines = [_curve(i, name, points, x, y) for i, (name, points) in enumerate(curves.items())]
    notes = [
        f'<line class="mark" x1="{x.at(step):.1f}" x2="{x.at(step):.1f}" y1="{y.end}" y2="{y.start}"/>'
        for step in marks
        if x.low <= step <= x.high
    ]
    summary = "; ".join(f"{name}: {_span(points)}" for name, points in curves.items())
    legend = [_legend(i, name, points) for i, (name, points) in enumerate(curves.items())]
    caption = f"<p>{escape(panel.caption)}</p>" if panel.caption else ""
    return (
        f'<figure class="chart"><figcaption><h3>{escape(panel.title)}</h3><output></output>{caption}'
        f'</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="'
        f'{escape(panel.title)} by step. {escape(summary)}" data-x="{x.low} {x.high} {x.start} {x.end}">'
        f"{_grid(x, y)}{''.join(notes)}{''.join(lines)}"
        f'<line class="cursor" x1="0" x2="0" y1="{y.end}" y2="{y.start}"/></svg>'
        f'<ul class="legend">{"".join(legend)}</ul></figure>'
    )


def _steps_axis(curves: dict[str, Points]) -> Axis:
    """From the first logged step to the last, the same in every chart."""
    steps = [step for points in curves.values() for step, _ in points]
    return Axis(min(min(steps), max(steps) - 1), max(steps), LEFT, WIDTH - RIGHT, log=False)


def _values_axis(curves: dict[str, Points], *, log: bool) -> Axis:
    values = [value for points in curves.values() for _, value in points if math.isfinite(value)]
    low, high = _log_range(values) if log else _linear_range(values)
    return Axis(low, high, HEIGHT - BOTTOM, TOP, log)


def _log_range(values: list[float]) -> tuple[float, float]:
    """Whole decades, and one more below if there is a 0."""
    positive = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    return 10.0 ** (low - (min(values, default=1.0) <= 0)), 10.0 ** max(high, low + 1)


def _linear_range(values: list[float]) -> tuple[float, float]:
    """Includes 0, so that a small change looks small."""
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.04 * (high - low) or 1.0
    return low - room * (low < 0), high + room * (high > 0 or low == 0)


def _grid(x: Axis, y: Axis) -> str:
    rows = [
        f'<line class="grid" x1="{x.start}" x2="{x.end}" y1="{y.at(v):.1f}" y2="{y.at(v):.1f}"/>'
        f'<text class="y" x="{x.start - 6}" y="{y.at(v) + 4:.1f}">{number(v)}</text>'
        for v in y.ticks()
    ]
    columns = [
        f'<text class="x" x="{x.at(v):.1f}" y="{HEIGHT - 6}">{number(v)}</text>'
        for v in x.ticks()
        if float(v).is_integer() and x.at(v) < x.end - 8
    ]
    return "".join(rows + columns)


def _curve(i: int, name: str, points: Points, x: Axis, y: Axis) -> str:
    """The line, broken where values are not finite, with dots if the points are few."""
    flat = name in BASELINES
    shown = [(int(x.low), points[-1][1]), (int(x.high), points[-1][1])] if flat else thinned(points)
    path, dots, pen = [], [], "M"
    for step, value in shown:
        if math.isfinite(value):
            path.append(f"{pen}{x.at(step):.1f} {y.at(value):.1f}")
            dots.append(f'<circle cx="{x.at(step):.1f}" cy="{y.at(value):.1f}" r="2.2"/>')
        pen = "L" if math.isfinite(value) else "M"
    values = escape(json.dumps([[step, number(value)] for step, value in shown]))
    line = f'<path d="{"".join(path)}"/>' + "".join(dots if len(dots) <= DOTTED and not flat else [])
    return f'<g class="{_style(i, name)}" data-values="{values}">{line}</g>'


def _style(i: int, name: str) -> str:
    return f"c{i % COLOURS}" + (" dashed" if name in BASELINES or i >= COLOURS else "")


def _legend(i: int, name: str, points: Points) -> str:
    lost = sum(not math.isfinite(value) for _, value in points)
    note = f" <small>not finite at {lost} of {len(points)} points</small>" if lost else ""
    return (
        f'<li class="{_style(i, name)}"><i></i><span>{escape(name)}{note}</span>'
        f"<b>{number(points[-1][1])}</b></li>"
    )


def _span(points: Points) -> str:
    return f"{number(points[0][1])} at step {points[0][0]}, {number(points[-1][1])} at step {points[-1][0]}"


def thinned(points: Points) -> Points:
    """At most `MOST_POINTS` and the last: the lowest and highest of each stretch, so no spike is lost."""
    if len(points) <= MOST_POINTS:
        return points
    size = math.ceil(2 * len(points) / MOST_POINTS)
    kept = set()
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        finite = [point for point in stretch if math.isfinite(point[1])] or stretch
        kept |= {min(finite, key=lambda p: p[1]), max(finite, key=lambda p: p[1])}
    return sorted(kept | {points[-1]})
