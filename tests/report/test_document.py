"""The report of a run: one page that says what the log says and needs no other file."""

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from xtts_jax.errors import UserError
from xtts_jax.findings import Finding
from xtts_jax.report import samples as report_samples
from xtts_jax.report.curves import MOST_POINTS, number, thinned
from xtts_jax.report.document import write_report
from xtts_jax.report.samples import compared
from xtts_jax.runs.metrics_log import read_metrics, series

VOID = {"meta", "img", "line", "circle", "path", "br"}
FROZEN = Finding("module_never_moves", "severe", "decoder stands still, <b> & all.", "Frozen.", "Thaw it.")
DRIFT = Finding("drift", "warning", "It drifts.", "The wind.", "Anchor it.")
SETTINGS = {
    "audio": {"sample_rate": 22050, "hop_length": 256},
    "data": {"root": "corpus/<anna>", "language": "en"},
    "train": {"steps": 400, "seed": 7},
    "optim": {"learning_rate": 0.002, "freeze": []},
}
EVALUATION = {
    "eval/mel_l1_free": 0.6,
    "eval/mel_l1_best_constant": 1.2,
    "eval/mel_l1_unshuffled": 0.5,
    "eval/mel_l1_text_shuffled": 0.9,
    "eval/mel_l1_reference_shuffled": 0.5,
}


class Page(HTMLParser):
    """The tags, which must nest; every attribute; and the text that a reader sees."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(source)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def log(workdir: Path, lines: list[dict[str, Any]]) -> None:
    (workdir / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """A run of 400 steps, evaluated and sampled at every 100th."""
    folder = tmp_path / "anna & co"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(SETTINGS))
    lines = []
    for step in range(20, 401, 20):
        lines.append({"step": step, "loss/mel": 20 / step, "mel_l1": 20 / step, "brand_new": 3})
        if step % 100 == 0:
            evaluation = EVALUATION | {"eval/mel_l1_free": 0.6 if step == 300 else 0.7}
            lines.append({"step": step, **evaluation})
            samples = folder / "samples" / f"step_{step:07d}"
            samples.mkdir(parents=True)
            for i in range(2):
                (samples / f"{i}.wav").write_bytes(b"RIFF" + bytes([step // 100, i]) * 500)
                (samples / f"{i}.png").write_bytes(b"\x89PNG" + bytes([step // 100, i]) * 500)
    log(folder, lines)
    return folder


def read(workdir: Path, *findings: tuple[int, Finding]) -> Page:
    return Page(write_report(workdir, findings).read_text(encoding="utf-8"))


def test_page_is_whole_and_loads_nothing_from_elsewhere(workdir: Path) -> None:
    page = read(workdir, (40, FROZEN))
    for _, attributes in page.elements:
        for name in {"src", "href"} & attributes.keys():
            assert re.match(r"data:|#\w", attributes[name])
    assert "default-src 'none'" in next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {link["href"][1:] for link in page.all("a")} == targets
    source = (workdir / "report.html").read_text(encoding="utf-8")
    assert "://" not in source and "@import" not in source and "url(" not in source


def test_media_are_those_of_the_newest_the_best_the_first_and_the_middle_step(workdir: Path) -> None:
    page = read(workdir)
    for tag, kind in (("audio", "wav"), ("img", "png")):
        found = {base64.b64decode(e["src"].split(",")[1], validate=True) for e in page.all(tag)}
        assert found == {
            (workdir / f"samples/step_{step:07d}/{i}.{kind}").read_bytes()
            for step in (100, 300, 400)
            for i in (0, 1)
        }
    assert page.text.index("Step 400") < page.text.index("Step 100") < page.text.index("Step 300, the best")
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    assert all("Sentence" in audio["aria-label"] for audio in page.all("audio"))


def test_what_does_not_fit_is_left_out_from_the_oldest_and_counted(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_samples, "BUDGET", 4 * 1004)
    page = read(workdir)
    kept = [base64.b64decode(e["src"].split(",")[1])[4] for tag in ("audio", "img") for e in page.all(tag)]
    assert kept == [4, 4, 4, 4]
    assert "8 files were left out" in page.text


def test_steps_to_compare_are_named_once() -> None:
    assert compared([100], 100) == [100]
    assert compared([100, 200, 300, 400, 500], 500) == [500, 100, 300]
    assert compared([100, 200, 300], 999) == [300, 100, 200]


def test_head_names_run_corpus_step_and_best_step(workdir: Path) -> None:
    text = read(workdir).text
    for shown in ("anna & co", "corpus/<anna>", "400 of 400", "300 (mel error 0.6, checkpoint not kept)"):
        assert shown in text


def test_newest_step_is_the_best_once_discriminators_have_joined(workdir: Path) -> None:
    (workdir / "config.json").write_text(json.dumps(SETTINGS | {"adversarial": {"start": 200}}))
    assert "400 (mel error 0.7" in read(workdir).text


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), "Sound: no check found anything wrong in 400 steps."),
        (((200, DRIFT),), "Sound but for 1 warning finding, the first drift at step 200"),
        (((20, DRIFT), (40, FROZEN)), "Not sound: 1 severe finding, the first module_never_moves at step 40"),
    ],
)
def test_verdict_is_that_of_the_worst_finding(workdir: Path, findings: Any, verdict: str) -> None:
    assert verdict in read(workdir, *findings).text


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), "Too early to say: 40 steps, and most checks begin at 100. So far nothing was found."),
        (
            ((20, DRIFT),),
            "Too early to say: 40 steps, and most checks begin at 100. So far 1 warning finding",
        ),
        (((20, FROZEN),), "Not sound: 1 severe finding, the first module_never_moves at step 20"),
    ],
)
def test_no_young_run_is_called_sound(workdir: Path, findings: Any, verdict: str) -> None:
    log(workdir, [{"step": step, "mel_l1": 2.0} for step in (1, 40)])
    text = read(workdir, *findings).text
    assert verdict in text and "Sound" not in text


def test_how_young_a_run_is_comes_from_its_configuration(workdir: Path) -> None:
    log(workdir, [{"step": 40, "mel_l1": 2.0}])
    (workdir / "config.json").write_text(json.dumps(SETTINGS | {"health": {"settle_steps": 40}}))
    assert "Sound: no check found anything wrong in 40 steps." in read(workdir).text


def test_findings_come_severe_first_with_seen_cause_and_remedy(workdir: Path) -> None:
    text = read(workdir, (20, DRIFT), (40, FROZEN)).text
    places = [text.index(part) for part in (FROZEN.seen, FROZEN.cause, FROZEN.remedy, DRIFT.seen)]
    assert places == sorted(places)


def test_every_number_logged_is_a_curve_and_nothing_else_is(workdir: Path) -> None:
    lines = read_metrics(workdir)
    lines[0] |= {"leaves_without_gradient": ["a/b"], "grad_norm/decoder": 0.0}
    log(workdir, [*lines, {"step": 400, "finding": "drift", "severity": "warning", "gravity": 1}])
    page = read(workdir)
    names = set(series(lines))
    assert len([e for _, e in page.elements if "data-values" in e]) == len(names) == 9
    assert all(name in page.text for name in names)
    assert "leaves_without_gradient" not in page.text and "gravity" not in page.text


def test_curve_breaks_where_values_are_not_finite_and_says_so(workdir: Path) -> None:
    log(workdir, [{"step": i, "loss/mel": float("nan") if i in (3, 4) else i} for i in range(1, 7)])
    page = read(workdir)
    (path,) = page.all("path")
    assert path["d"].count("M") == 2 and path["d"].count("L") == 2 and "nan" not in path["d"]
    assert "not finite at 2 of 6 points" in page.text


def test_zeros_on_a_logarithmic_axis_are_drawn_below_everything(workdir: Path) -> None:
    log(workdir, [{"step": i, "update_ratio/a": 1e-3 * i, "update_ratio/b": 0.0} for i in (1, 2, 3)])
    above, zero = (re.findall(r" ([\d.]+)", path["d"]) for path in read(workdir).all("path"))
    assert len(set(zero)) == 1 and float(zero[0]) > max(map(float, above)) + 10


def test_baseline_is_a_horizontal_line_across_all_steps(workdir: Path) -> None:
    log(workdir, [{"step": 1, "mel_l1": 2.0}, {"step": 300, **EVALUATION}, {"step": 400, "mel_l1": 1.0}])
    page = read(workdir)
    train, constant = (path["d"] for path in page.all("path") if "L" in path["d"])
    ends = [re.findall(r"([\d.]+) ([\d.]+)", line) for line in (train, constant)]
    assert [x for x, _ in ends[0]] == [x for x, _ in ends[1]]
    assert len({y for _, y in ends[1]}) == 1


def test_thinning_keeps_the_spikes() -> None:
    points = [(step, 1.0) for step in range(5000)]
    points[1234], points[2345] = (1234, 99.0), (2345, -99.0)
    assert len(thinned(points)) <= MOST_POINTS + 1
    assert {(1234, 99.0), (2345, -99.0), (4999, 1.0)} <= set(thinned(points))


def test_readings_compare_with_the_baselines(workdir: Path) -> None:
    log(workdir, [{"step": 400, **EVALUATION}])
    text = read(workdir).text
    assert "50.0 % below the best constant spectrum." in text
    assert (
        "With every text read backwards the mel error is 0.4 nat higher than with the true ones (0.5)."
        in text
    )
    assert "With references exchanged the mel error is 0 nat higher" in text
    log(workdir, [{"step": 400, **EVALUATION, "eval/mel_l1_free": 120.0}])
    text = read(workdir).text
    assert "It is 100 times the best constant spectrum: the model has diverged." in text
    assert "only a bias was learned" not in text
    log(workdir, [{"step": 400, **EVALUATION, "eval/mel_l1_free": 1.5}])
    assert "25.0 % above the best constant spectrum: only a bias was learned." in read(workdir).text


def test_how_many_utterances_were_shuffled_stands_beside_their_errors(workdir: Path) -> None:
    log(workdir, [{"step": 400, **EVALUATION, "eval/shuffled_utterances": 2}])
    source = (write_report(workdir, [])).read_text(encoding="utf-8")
    assert "0.4 nat higher than with the true ones (0.5), over 2 utterances." in source
    assert '<th scope="row">eval/shuffled_utterances' not in source


def test_young_run_without_evaluation_or_samples_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SETTINGS))
    log(tmp_path, [{"step": 1, "mel_l1": 2.5}])
    text = read(tmp_path).text
    assert "No evaluation was logged yet" in text and "None yet" in text and "1 of 400" in text


def test_line_that_a_kill_cut_short_is_left_out(workdir: Path) -> None:
    whole = read_metrics(workdir)
    with (workdir / "metrics.jsonl").open("ab") as file:
        file.write('{"step": 420, "mel_l1": 0.1, "seen": "é'.encode()[:-1])
    assert read_metrics(workdir) == whole
    assert "400 of 400" in read(workdir).text


def damage(workdir: Path, content: bytes) -> None:
    (workdir / "metrics.jsonl").write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "config.json").unlink(), "is not a run folder"),
        (lambda folder: (folder / "config.json").write_text("[1]"), "config.json is damaged"),
        (lambda folder: (folder / "metrics.jsonl").unlink(), "has no metrics.jsonl"),
        (lambda folder: damage(folder, b""), "is empty"),
        (lambda folder: damage(folder, b'{"step": 1, "mel'), "is empty"),
        (lambda folder: damage(folder, b'{"step": 1}\n'), "has no figures"),
        (lambda folder: damage(folder, b'{"step": 1}\n{"st\n{"step": 2, "a": 1}\n'), "Line 2 of"),
        (lambda folder: damage(folder, b'{"a": 1}\n{"step": 2, "a": 1}\n'), "Line 1 of"),
        (lambda folder: (folder / "report.html").mkdir(), "cannot be written"),
    ],
)
def test_a_folder_without_a_sound_log_is_explained(workdir: Path, spoil: Any, said: str) -> None:
    spoil(workdir)
    with pytest.raises(UserError, match=said):
        write_report(workdir, [])


def test_step_logged_again_after_a_resume_counts_once() -> None:
    lines = [{"step": 1, "a": 1.0}, {"step": 2, "a": 2.0}, {"step": 2, "a": 3.0, "b": True}]
    assert series(lines) == {"a": [(1, 1.0), (2, 3.0)]}


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1.17, "1.17"), (2400, "2,400"), (0.00001234, "1.234e-5"), (1e-6, "1e-6")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text
