"""The training command: what it writes, how it stops, resumes and refuses; and speech from its run."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from trained_run import (
    Recordings,
    call,
    complaint,
    metrics,
    saved,
    steps_with,
    straight_run,
    succeed,
    train_command,
)

from xtts_jax.commands import doctor
from xtts_jax.errors import UserError
from xtts_jax.models.xtts import MODULES

UNTIMED = {"frames_per_s", "cpu_s", "compile_s"}
QUICK = {"preflight.enabled": False, "train.samples": 0}
PLAIN = {"adversarial.start": 0}  # without discriminators, which take time to compile


@pytest.fixture(scope="session")
def recordings(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings(small_corpus, tmp_path_factory.getbasetemp() / "prepared")


@pytest.fixture(scope="session")
def straight(recordings: Recordings) -> Path:
    return straight_run(recordings)


def start(command: list[str], root: Path, condition: Path) -> subprocess.Popen[str]:
    """Starts a command and returns once a file exists and is not empty."""
    process = subprocess.Popen(
        command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    while not condition.exists() or not condition.stat().st_size:
        assert process.poll() is None, "it ended before it could be stopped"
        time.sleep(0.01)
    return process


def assert_same_run(one: Path, other: Path, step: int) -> None:
    """Asserts the same training state, bit for bit, and that each step is logged once with equal values."""
    left, right = saved(one, step), saved(other, step)
    assert left.keys() == right.keys()
    assert [name for name in left if not np.array_equal(left[name], right[name])] == []
    for name in ("loss/total", "eval/mel_l1_free"):
        assert steps_with(one, name) == sorted(set(steps_with(one, name)))
    logged = {line["step"]: line for line in metrics(other) if "loss/total" in line}
    for line in (line for line in metrics(one) if "loss/total" in line):
        timeless = line.keys() - UNTIMED
        assert {name: line[name] for name in timeless} == {
            name: logged[line["step"]][name] for name in timeless
        }


@pytest.mark.slow
def test_run_folder_holds_all_files(straight: Path) -> None:
    for name in ("config.json", "tokenizer.json", "stats.json", "metrics.jsonl", "checkpoints", "samples"):
        assert (straight / name).exists(), name
    assert list(straight.glob("events*"))
    assert not list(straight.rglob("*.tmp"))
    assert (straight / "checkpoints" / "8").is_dir()
    for step in (4, 8):
        speech, rate = soundfile.read(straight / "samples" / f"step_{step:07d}" / "0.wav")
        assert rate == 22050 and np.abs(speech).max() > 1e-4
        assert (straight / "samples" / f"step_{step:07d}" / "0.png").stat().st_size > 0


@pytest.mark.slow
def test_metrics_are_complete_at_every_step(straight: Path) -> None:
    training = [line for line in metrics(straight) if "loss/total" in line]
    assert [line["step"] for line in training] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert steps_with(straight, "eval/mel_l1_free") == [4, 8]
    required = {"mel_l1", "mel_range_ratio", "grad_norm", "learning_rate", "frames_per_s"}
    required |= {
        f"loss/{term}" for term in ("total", "mel", "duration", "alignment", "log_f0", "voiced", "energy")
    }
    required |= {
        "mel_mean_error",
        "mel_std_ratio",
        "alignment_sharpness",
        "tokens_starved",
        "alignment_stuck",
    }
    required |= {"duration_ratio", "voice_spread", "token_kinds", "skipped"}
    required |= {
        f"{kind}/{module}" for kind in ("update_ratio", "grad_norm", "unmoved") for module in MODULES
    }
    judged = {
        "adversarial/deception",
        "adversarial/feature_matching",
        "adversarial/discriminators",
        "score/recorded",
        "unmoved/discriminators",
    }
    for line in training:
        assert required <= line.keys()
        assert line["step"] > 4 or not judged & line.keys()
        assert line["step"] <= 4 or judged <= line.keys()
        assert line["mel_l1"] == pytest.approx(line["loss/mel"], rel=1e-4) and line["mel_l1"] > 0
        assert all(re.fullmatch("discriminators/.*/bias", name) for name in line["leaves_without_gradient"])
        assert line["utterances_not_finite"] == []
        assert all(line[f"update_ratio/{module}"] > 0 for module in MODULES)
    (evaluation,) = [line for line in metrics(straight) if line["step"] == 8 and "eval/mel_l1_free" in line]
    assert all(name == "step" or name.startswith("eval/") for name in evaluation)
    assert {
        "eval/mel_l1_teacher",
        "eval/mel_l1_best_constant",
        "eval/mel_l1_previous_frame",
    } <= evaluation.keys()


@pytest.mark.slow
def test_preflight_prints_its_table_before_training(straight: Path) -> None:
    printed = (straight / "printed.txt").read_text(encoding="utf-8")
    assert f"Training in {straight}: checkpoints/, " in printed
    table = printed[printed.index("Preflight: 40 steps") :]
    for word in ("min", "max", "mean", "std", "recording", "model", "range ratio", "gradient norm", *MODULES):
        assert word in table, word
    assert "best constant spectrum" in table and "previous frame" in table
    assert table.index("mean absolute error") < table.index("step 4: mel L1")
    assert "trained, peak learning rate 0.003" in table


@pytest.mark.slow
@pytest.mark.long
def test_killed_run_resumes_and_ends_like_an_uninterrupted_one(
    recordings: Recordings, straight: Path, tmp_path: Path, root: Path
) -> None:
    command = train_command(recordings, tmp_path / "run", {"preflight.enabled": False})
    process = start(command, root, tmp_path / "run" / "checkpoints" / "2")
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "run" / "checkpoints" / "8").exists()
    assert "Resuming" in succeed(command)
    assert_same_run(tmp_path / "run", straight, 8)
    assert steps_with(tmp_path / "run", "loss/total") == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.slow
def test_terminated_run_saves_and_resumes_and_a_finished_one_is_left_alone(
    recordings: Recordings, straight: Path, tmp_path: Path, root: Path
) -> None:
    workdir = tmp_path / "run"
    command = train_command(recordings, workdir, QUICK | {"train.checkpoint_every": 100})
    process = start(command, root, workdir / "metrics.jsonl")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert "Stopped by SIGTERM at step" in errors and "Run the same command again to go on" in errors
    (step,) = [int(path.name) for path in (workdir / "checkpoints").iterdir()]
    assert 1 <= step < 8 and f"at step {step} of 8" in errors

    assert f"Resuming {workdir} at step {step}" in succeed(command)
    assert_same_run(workdir, straight, 8)

    before = {path: path.stat().st_mtime_ns for path in (workdir / "checkpoints").rglob("*")}
    logged = (workdir / "metrics.jsonl").read_text()
    assert "already at step 8 of 8" in succeed(command)
    assert {path: path.stat().st_mtime_ns for path in (workdir / "checkpoints").rglob("*")} == before
    assert (workdir / "metrics.jsonl").read_text() == logged


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model.width": 64}, "model.width: 32 then, 64 now"),
        ({"optim.learning_rate": 0.1}, "optim.learning_rate: 0.003 then, 0.1 now"),
    ],
)
def test_resuming_with_another_configuration_is_refused(
    recordings: Recordings, straight: Path, changes: dict[str, object], named: str
) -> None:
    error = complaint(train_command(recordings, straight, changes))
    assert named in error and "new --workdir" in error


@pytest.mark.slow
@pytest.mark.long
def test_preflight_stops_a_run_that_cannot_learn(recordings: Recordings, tmp_path: Path) -> None:
    stuck = PLAIN | {"optim.learning_rate": 0.0, "preflight.steps": 2}
    error = complaint(train_command(recordings, tmp_path / "run", stuck))
    assert "Preflight failed" in error and "[nothing_moves]" in error and "learning rate is 0" in error
    assert [(line["step"], line["finding"]) for line in metrics(tmp_path / "run")] == [(0, "nothing_moves")]
    dull = PLAIN | {"preflight.steps": 1}
    assert "no better than the best constant spectrum" in complaint(
        train_command(recordings, tmp_path / "dull", dull)
    )


@pytest.mark.slow
@pytest.mark.long
def test_frozen_module_is_shown_and_does_not_move(
    recordings: Recordings, straight: Path, tmp_path: Path
) -> None:
    frozen = PLAIN | {"optim.freeze": "voice_encoder", "train.steps": 1, "train.samples": 0}
    printed = succeed(train_command(recordings, tmp_path / "run", frozen))
    rows = {line.split()[0]: line for line in printed.splitlines() if line.startswith("  ") and line.split()}
    assert rows["voice_encoder"].endswith("frozen") and "trained" in rows["decoder"]
    (preflight,) = [line for line in printed.splitlines() if "frozen on purpose" in line]
    assert preflight.split()[:2] == ["voice_encoder", "0.0%"]
    (line,) = [line for line in metrics(tmp_path / "run") if "loss/total" in line]
    still = {name for name, value in line.items() if name.startswith("update_ratio/") and value == 0}
    assert still == {"update_ratio/voice_encoder"}


@pytest.mark.slow
@pytest.mark.long
def test_warm_start_from_another_run_is_reported_and_used(
    recordings: Recordings, straight: Path, tmp_path: Path
) -> None:
    still = QUICK | {"train.steps": 1, "optim.learning_rate": 0.0, "train.init_from": straight}
    command = train_command(recordings, tmp_path / "run", still)
    printed = succeed(command)
    assert f"Starting from step 8 of {straight}" in printed
    there, here = saved(straight, 8), saved(tmp_path / "run", 1)
    averaged = [name for name in there if name.startswith("['params']")]
    assert averaged
    for name in averaged:
        np.testing.assert_allclose(here[name], there[name], atol=1e-6)
    assert "Starting from" not in succeed(command), "a resumed run must not start from elsewhere again"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"optim.freeze": "voise_encoder"},
            "'voise_encoder', which is not a module of this model. Modules: aligner",
        ),
        ({"train.init_from": "nowhere"}, "train.init_from is nowhere"),
    ],
)
def test_unknown_modules_and_runs_are_refused(
    recordings: Recordings, tmp_path: Path, changes: dict[str, object], named: str
) -> None:
    assert named in complaint(train_command(recordings, tmp_path / "run", QUICK | changes))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--config.model.widht=64"], "no option --config.model.widht. Close to it: model.width"),
        (["--config.train.steps=many"], "--config.train.steps takes a value of type int, not 'many'"),
        (["--config.data.root=/nowhere/at/all"], "/nowhere/at/all"),
        (
            ["--config.model.width=30", "--config.model.heads=4"],
            "model.width must be a multiple of model.heads",
        ),
        (["--workdri", "x"], "no option --config.workdri"),
        (["--config.train.batch_size"], "is not an option with a value"),
    ],
)
def test_mistakes_in_the_options_are_explained(arguments: list[str], named: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "run_train.py",
        "--config",
        "configs/tiny.py",
        "--workdir",
        str(tmp_path / "run"),
    ]
    assert named in complaint([*command, f"--config.data.cache_dir={tmp_path}", *arguments])
    assert not (tmp_path / "run").exists()


def test_missing_configuration_file_is_named() -> None:
    command = [sys.executable, "run_train.py", "--config", "configs/huge.py"]
    assert "no configuration file configs/huge.py" in complaint(command)


def test_help_lists_the_options() -> None:
    result = call([sys.executable, "run_train.py", "--help"])
    assert result.returncode == 0 and "--workdir" in result.stdout and "configs/base.py" in result.stdout


def speak_command(workdir: Path, out: Path, *arguments: object) -> list[str]:
    return [sys.executable, "run_infer.py", "--ckpt", str(workdir), "--out", str(out), *map(str, arguments)]


@pytest.mark.slow
def test_trained_run_speaks_a_file_of_texts_with_pictures_and_times(straight: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("Tea is hot.\nThe rain has stopped.\n", encoding="utf-8")
    picture = tmp_path / "seen.png"
    arguments = ("--text-file", tmp_path / "texts.txt", "--plot", picture, "--timestamps", "--language", "en")
    printed = succeed(speak_command(straight, tmp_path / "say.wav", *arguments))
    for number in ("001", "002"):
        speech, rate = soundfile.read(tmp_path / f"say-{number}.wav")
        assert rate == 22050 and np.abs(speech).max() > 1e-3
        (segment,) = json.loads((tmp_path / f"say-{number}.json").read_text(encoding="utf-8"))
        assert segment["end_s"] == pytest.approx(len(speech) / 22050, abs=1e-3)
        assert f"say-{number}.wav: {len(speech) / 22050:.2f} s" in printed
        assert (tmp_path / f"seen-{number}.png").stat().st_size > 0


@pytest.mark.slow
def test_speech_is_reproducible_and_changes_with_voice_and_language(
    straight: Path, small_corpus: Path, tmp_path: Path
) -> None:
    woman, man = (small_corpus / "wavs" / f"en_{variant}_7.wav" for variant in ("f2", "m3"))
    calls = {
        "woman": ("--reference", woman),
        "again": ("--reference", woman),
        "man": ("--reference", man),
        "persian": ("--reference", woman, "--language", "fa"),
    }
    sounds = {}
    for name, arguments in calls.items():
        succeed(speak_command(straight, tmp_path / f"{name}.wav", "--text", "[[tˈen mˈen]]", *arguments))
        sounds[name] = (tmp_path / f"{name}.wav").read_bytes()
    assert sounds["again"] == sounds["woman"]
    assert len(set(sounds.values())) == 3


@pytest.mark.slow
def test_missing_run_is_explained(tmp_path: Path) -> None:
    error = complaint(speak_command(tmp_path / "nowhere", tmp_path / "out.wav", "--text", "Tea."))
    assert "no trained run in" in error and "--workdir" in error


@pytest.mark.slow
@pytest.mark.parametrize("cut", [False, True])
def test_doctor_says_in_a_paragraph_which_file_of_a_run_is_damaged(
    straight: Path, tmp_path: Path, cut: bool
) -> None:
    files = [path.relative_to(straight) for path in straight.rglob("*") if path.is_file()]
    complaints = {}
    for name in (name for name in files if name.parts[0] not in ("checkpoints", "evaluation")):
        workdir = shutil.copytree(straight, tmp_path / "run", ignore=shutil.ignore_patterns("checkpoints"))
        path = workdir / name
        if cut:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        else:
            path.unlink()
        try:
            doctor.examine_run(workdir, None)
        except UserError as error:
            complaints[str(name)] = str(error)
        shutil.rmtree(workdir)
    assert complaints.keys() == ({"config.json"} if cut else {"config.json", "metrics.jsonl"})
    assert all(name in complaint and "\n" not in complaint for name, complaint in complaints.items())
