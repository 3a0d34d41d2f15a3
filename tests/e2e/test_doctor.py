"""The doctor command, and its summary during preparation."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.commands import doctor, prepare
from xtts_jax.config import Config
from xtts_jax.data.demo_speech import make_demo_corpus
from xtts_jax.data.doctor.examination import examine
from xtts_jax.errors import UserError
from xtts_jax.findings import Finding, severe
from xtts_jax.runs.metrics_log import begin_log
from xtts_jax.runs.settings import write_config

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def shuffled(root: Path, folder: Path) -> Path:
    """The recordings of an LJSpeech folder with shuffled texts."""
    (folder / "wavs").parent.mkdir(parents=True)
    (folder / "wavs").symlink_to(root / "wavs")
    rows = [line.split("|") for line in (root / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    texts = np.random.default_rng(0).permutation([text for _, text, *_ in rows])
    lines = [f"{row[0]}|{text}" for row, text in zip(rows, texts, strict=True)]
    (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "xtts_jax", "doctor", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_good_corpus_ends_with_status_0_and_json(small_corpus: Path, tmp_path: Path) -> None:
    done = run(str(small_corpus), "--json", str(tmp_path / "report.json"), "--data.frontend", "characters")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert done.stdout.rstrip().endswith(report["verdict"])
    assert report["looked_at"]["rows"] == "32"
    assert report["looked_at"]["speakers"].startswith("2 (")
    assert "nothing severe" in report["verdict"] or "nothing found" in report["verdict"]


def test_an_unknown_language_is_refused_by_the_name_of_its_option(small_corpus: Path) -> None:
    with pytest.raises(
        UserError, match=r"--language must be one of en, .*, not 'Persan'\. Did you mean 'fa'"
    ):
        doctor.main([str(small_corpus), "--language", "Persan"])


def test_a_severe_finding_ends_with_status_1_and_a_paragraph(small_corpus: Path, tmp_path: Path) -> None:
    root = shutil.copytree(small_corpus, tmp_path / "corpus")
    for path in sorted((root / "wavs").iterdir())[:20]:
        path.write_bytes(b"<html>404</html>")
    done = run(str(root))
    assert done.returncode == 1
    assert "severe    unreadable_files" in done.stdout
    assert done.stderr.startswith("error: ")
    assert "unreadable_files" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_last_line_names_the_severe_findings_without_repeating_them(
    small_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shutil.copytree(small_corpus, tmp_path / "corpus")
    (root / "metadata.csv").write_text("id|text\n", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        doctor.main([str(root), "--data.frontend=characters"])
    assert str(refused.value) == f"{root} is not fit for training: few_usable_rows."
    assert "few_usable_rows" in capsys.readouterr().out


def test_the_folder_is_the_root_that_a_configuration_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("id|text\n", encoding="utf-8")
    with pytest.raises(UserError, match="is not fit for training"):
        doctor.main([str(tmp_path), "--config", "your_voice", "--data.frontend=characters"])


def test_the_json_report_goes_into_new_folders(small_corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "report.json"
    doctor.main([str(small_corpus), "--data.frontend=characters", "--json", str(path)])
    assert json.loads(path.read_text(encoding="utf-8"))["looked_at"]["rows"] == "32"


def test_a_json_report_that_cannot_be_written_is_refused_before_the_work(
    small_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for name, why in (("", "is a folder"), ("file/report.json", "is a file, not a folder")):
        with pytest.raises(UserError, match=why):
            doctor.main([str(small_corpus), "--json", str(tmp_path / name)])
    assert not capsys.readouterr().out


def test_a_corpus_is_examined_without_jax(small_corpus: Path) -> None:
    script = (
        "import sys\n"
        "from xtts_jax.commands import doctor\n"
        f"doctor.main([{str(small_corpus)!r}, '--data.frontend=characters'])\n"
        "assert not sys.modules.keys() & {'jax', 'flax', 'optax', 'orbax.checkpoint'}\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def workdir(tmp_path: Path, tiny_config: Config) -> Path:
    """A run of two steps whose preflight has a severe finding with a long description."""
    folder = tmp_path / "run"
    folder.mkdir()
    write_config(folder, tiny_config)
    begin_log(folder, [Finding("wrong_texts", "severe", "Seen. " * 50, "A cause.", "A remedy.")])
    return folder


def test_findings_of_a_run_are_written_as_json_and_named_at_the_end(
    workdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError) as refused, (workdir / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "memory": 1.0}\n')
        file.flush()
        doctor.main(["--ckpt", str(workdir), "--json", str(tmp_path / "new" / "run.json")])
    assert str(refused.value) == f"{workdir} is not sound: wrong_texts."
    assert "severe: wrong_texts. Seen." in capsys.readouterr().out
    report = json.loads((tmp_path / "new" / "run.json").read_text(encoding="utf-8"))
    assert (report["run"], report["step"]) == (str(workdir), 2)
    (finding,) = report["findings"]
    assert (finding["step"], finding["name"], finding["severity"]) == (0, "wrong_texts", "severe")
    assert (finding["cause"], finding["remedy"]) == ("A cause.", "A remedy.")


def test_a_run_too_young_to_judge_is_not_called_sound(
    workdir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workdir / "metrics.jsonl").write_text('{"step": 2, "memory": 1.0}\n')
    doctor.main(["--run", str(workdir)])
    assert "Too early to say: 2 steps" in capsys.readouterr().out


@pytest.mark.parametrize("other", [["corpus"], ["--all"], ["--data.frontend=characters"]])
def test_a_run_is_examined_alone(workdir: Path, other: list[str]) -> None:
    with pytest.raises(UserError, match="no other option but --json"):
        doctor.main([*other, "--ckpt", str(workdir)])


@pytest.mark.parametrize("arguments", [[], ["--data.frontend", "characters", "somewhere"]])
def test_the_folder_comes_first(arguments: list[str]) -> None:
    with pytest.raises(UserError, match="corpus folder first"):
        doctor.main(arguments)


@pytest.mark.parametrize("name", ["kathleen", "kerstin", "nathalie", "vctk3"])
def test_real_corpora_have_no_severe_finding_until_their_texts_are_shuffled(
    shared: Path, tmp_path: Path, tiny_config: Config, name: str
) -> None:
    language = {"kerstin": "de", "nathalie": "nl"}.get(name, "en")
    config = replace(tiny_config, data=replace(tiny_config.data, language=language))
    root = shared / "data" / name
    _, diagnoses = examine(root, config, most_heard=60)
    assert not severe(diagnosis.finding for diagnosis in diagnoses)
    if name != "vctk3":  # 30 clips are too few to tell
        _, diagnoses = examine(shuffled(root, tmp_path / name), config, most_heard=1)
        assert "texts_do_not_match" in [finding.name for finding in severe(d.finding for d in diagnoses)]


@pytest.mark.slow
def test_all_of_the_demo_corpus_has_no_severe_finding(tmp_path: Path, tiny_config: Config) -> None:
    _, diagnoses = examine(make_demo_corpus(tmp_path, 1), tiny_config, most_heard=None)
    assert not severe(diagnosis.finding for diagnosis in diagnoses)


def test_preparation_prints_a_summary_once_and_continues(
    small_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shutil.copytree(small_corpus, tmp_path / "corpus")
    (root / "wavs" / "en_f2_3.wav").write_bytes(b"<html>404</html>")
    settings = f"--data.workers=1 --data.frontend=characters --data.cache_dir={tmp_path / 'cache'}".split()
    prepare.main([*settings, "--data.root", str(root)])
    printed = capsys.readouterr().out
    assert "warning  unreadable_files: 1 of 32" in printed
    assert f"xtts-jax doctor {root}" in printed
    assert "Prepared corpus" in printed
    prepare.main([*settings, "--data.root", str(root)])
    assert "Doctor" not in capsys.readouterr().out
