"""The page around a report: styles for light and dark, wide and narrow; values under the pointer."""

from html import escape

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --ink: #1d1c1a; --soft: #5f5c56; --line: #e2dfd8; --accent: #1f5fa8;
  --good: #1a7340; --warn: #8a5a00; --bad: #b3261e;
  --c0: #2a78d6; --c1: #d9480f; --c2: #178a63; --c3: #a8378f;
  --c4: #b07d00; --c5: #5b4cc4; --c6: #4d7c0f; --c7: #c92a4b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #161615; --card: #1e1e1c; --ink: #eceae5; --soft: #aaa69d; --line: #35342f; --accent: #8ab8f0;
    --good: #6cc48c; --warn: #e3b04b; --bad: #f28b82;
    --c0: #5b9df0; --c1: #f0834f; --c2: #3fbf92; --c3: #dc7fc6;
    --c4: #d9ac3a; --c5: #9d90f2; --c6: #93c047; --c7: #f0738b;
  }
  img { filter: brightness(.88); }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem;
  background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.6rem, 1.2rem + 1.8vw, 2.3rem); margin: 0 0 .25rem; letter-spacing: -.015em; }
h2 { font-size: 1.3rem; margin: 3.2rem 0 1rem; letter-spacing: -.01em; }
h3 { font-size: 1rem; margin: 0; }
h4 { font-size: .9rem; font-weight: 600; margin: 0 0 .4rem; }
p { margin: 0 0 .75rem; max-width: 68ch; }
a { color: var(--accent); }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft, figcaption p, small { color: var(--soft); font-size: .875rem; }
.verdict { border-left: 4px solid; padding: .2rem 0 .2rem 1rem; font-size: 1.125rem; margin: 1.25rem 0; }
.verdict.sound { border-color: var(--good); } .verdict.early { border-color: var(--soft); }
.verdict.warning { border-color: var(--warn); }
.verdict.severe { border-color: var(--bad); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 1.5rem; font-size: .95rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); margin: 0; }
.facts { gap: .9rem 1.5rem; }
.facts dt { color: var(--soft); font-size: .8rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.finding, .sentence, .chart {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1rem 1.1rem; margin: 0;
}
.finding { margin-bottom: 1rem; border-left: 4px solid var(--warn); }
.finding.severe { border-left-color: var(--bad); }
.finding h3 span { font-weight: 400; color: var(--soft); }
.finding .severity { color: var(--warn); font-weight: 600; } .finding.severe .severity { color: var(--bad); }
.finding dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: .7rem 0 0; }
.finding dt { color: var(--soft); } .finding dd { margin: 0; max-width: 68ch; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
tr { border-bottom: 1px solid var(--line); vertical-align: top; }
th, td { text-align: left; padding: .55rem 1rem .55rem 0; }
thead th { color: var(--soft); font-size: .8rem; font-weight: 400; }
tbody th { font-weight: 600; min-width: 7.5rem; overflow-wrap: anywhere; }
td.value { white-space: nowrap; }
.bar { display: block; height: 4px; border-radius: 2px; margin-top: .3rem; }
.bar { background: var(--soft); width: calc(var(--share) * clamp(3rem, 10vw, 6rem)); }
.model .bar { background: var(--c0); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 1rem; }
.chart { padding: .9rem; min-width: 0; }
.chart figcaption { position: relative; } .chart figcaption p { margin: .1rem 0 0; }
.chart output { position: absolute; right: 0; top: .1rem; font-size: .8rem; color: var(--soft); }
svg { display: block; width: 100%; height: auto; margin-top: .5rem; touch-action: pan-y; }
svg text { font-size: 11px; fill: var(--soft); } svg .y { text-anchor: end; } svg .x { text-anchor: middle; }
svg .grid { stroke: var(--line); } svg .mark { stroke: var(--bad); stroke-dasharray: 2 3; }
svg .cursor { stroke: var(--soft); visibility: hidden; }
svg path { fill: none; stroke: var(--c); stroke-width: 1.6; stroke-linejoin: round; }
svg circle { fill: var(--c); }
svg .dashed path { stroke-dasharray: 6 4; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.legend { list-style: none; margin: .5rem 0 0; padding: 0; font-size: .82rem; }
.legend li { display: flex; align-items: baseline; gap: .5rem; line-height: 1.5; }
.legend span { flex: 1; min-width: 0; overflow-wrap: anywhere; } .legend b { font-weight: 600; }
.legend i { flex: none; width: 1.1rem; border-top: 3px solid var(--c); transform: translateY(-.25rem); }
.legend .dashed i { border-top-style: dashed; }
.sentence { margin-bottom: 1.25rem; } .sentence > h3 { margin-bottom: .8rem; }
.sentence img { display: block; width: 100%; max-width: 58rem; height: auto; }
.sentence img { border-radius: .35rem; margin: .6rem 0; }
.earlier { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); }
.earlier { gap: 1rem 1.5rem; margin-top: 1rem; }
audio { display: block; width: 100%; max-width: 26rem; }
summary { cursor: pointer; margin-top: .5rem; font-size: .9rem; }
"""

# Shows the values of the curves at the step under the pointer, in place of the last ones.
SCRIPT = """
for (const chart of document.querySelectorAll(".chart")) {
  const [svg, cursor, place] = ["svg", ".cursor", "output"].map((part) => chart.querySelector(part));
  const labels = [...chart.querySelectorAll(".legend b")], last = labels.map((label) => label.textContent);
  const curves = [...svg.querySelectorAll("[data-values]")].map((curve) => JSON.parse(curve.dataset.values));
  const [low, high, start, end] = svg.dataset.x.split(" ").map(Number);
  const off = (point, step) => Math.abs(point[0] - step);
  const nearest = (points, step) => points.reduce((a, b) => off(b, step) < off(a, step) ? b : a);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    const step = nearest(curves.flat(), low + (x - start) / (end - start) * (high - low))[0];
    const at = start + (step - low) / (high - low) * (end - start);
    cursor.setAttribute("x1", at); cursor.setAttribute("x2", at); cursor.style.visibility = "visible";
    place.textContent = "step " + step;
    curves.forEach((points, i) => { labels[i].textContent = nearest(points, step)[1]; });
  });
  svg.addEventListener("pointerleave", () => {
    cursor.style.visibility = "hidden"; place.textContent = "";
    last.forEach((text, i) => { labels[i].textContent = text; });
  });
}
"""

POLICY = (
    "default-src 'none'; img-src data:; media-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def page(title: str, body: str) -> str:
    """An HTML document that loads nothing from elsewhere; `body` is HTML, `title` plain text."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
{body}
<script>{SCRIPT}</script>
</body>
</html>
"""
