"""Several processes that train one run: they are as one, and no one waits for another that is gone."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT
from trained_run import Recordings, complaint, environment, metrics, saved, steps_with, succeed, train_command

from xtts_jax.train.joining import SILENCE_S

pytestmark = pytest.mark.slow

PLAIN = {
    "adversarial.start": 0,
    "preflight.enabled": False,
    "train.samples": 0,
    "model.dropout": 0.0,  # every device draws its own numbers
    "model.prenet_dropout": 0.0,
    "model.reference_dropout": 0.0,
}
THREE_STEPS = PLAIN | {"train.steps": 3, "train.eval_every": 3, "train.checkpoint_every": 2}
ENDLESS = PLAIN | {"train.steps": 10_000, "train.eval_every": 10_000, "train.checkpoint_every": 5}
ONE_DEVICE = environment(devices=1)


@contextmanager
def group(
    command: list[str], count: int, own: dict[int, list[str]] | None = None, numbers: Sequence[int] = ()
) -> Iterator[list[subprocess.Popen[str]]]:
    """own: options that a process has beside those of all. numbers: of the processes, where not 0, 1, ..."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    commands = [
        [*command, "--coordinator", address, "--processes", str(count), "--process", str(i), *extra]
        for i in numbers or range(count)
        for extra in ((own or {}).get(i, []),)
    ]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(one, cwd=ROOT, env=ONE_DEVICE, stdout=pipe, stderr=pipe, text=True)
        for one in commands
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()


def ended(process: subprocess.Popen[str], within: float) -> tuple[int, str, str]:
    printed, errors = process.communicate(timeout=within)
    return process.returncode, printed, errors


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.long)])
def test_processes_train_as_one_does_and_one_goes_on_alone(
    count: int, small_corpus: Path, tmp_path: Path
) -> None:
    recordings = Recordings(small_corpus, tmp_path / "prepared")
    together, alone = tmp_path / "together", tmp_path / "alone"
    with group(train_command(recordings, together, THREE_STEPS), count) as processes:
        results = [ended(process, within=300) for process in processes]
    assert [status for status, _, _ in results] == [0] * count, results
    assert "Done." in results[0][1]
    assert all(printed == "" for _, printed, _ in results[1:])
    succeed(train_command(recordings, alone, THREE_STEPS), ONE_DEVICE)
    for one, other in zip(metrics(alone), metrics(together), strict=True):
        assert one.keys() == other.keys()
        for name in one.keys() & {"mel_l1", "loss/total", "grad_norm", "eval/mel_l1_free"}:
            assert one[name] == pytest.approx(other[name], rel=2e-3), name
    before = saved(together, 3)
    assert before.keys() == saved(alone, 3).keys()
    assert "at step 3" in succeed(
        train_command(recordings, together, THREE_STEPS | {"train.steps": 4}), ONE_DEVICE
    )
    assert steps_with(together, "loss/total") == [1, 2, 3, 4]


@pytest.mark.long
@pytest.mark.parametrize("victim", [0, 1])
def test_death_of_one_ends_the_others_with_a_word(victim: int, small_corpus: Path, tmp_path: Path) -> None:
    recordings, workdir = Recordings(small_corpus, tmp_path / "prepared"), tmp_path / "run"
    with group(train_command(recordings, workdir, ENDLESS), 2) as processes:
        wait_for(workdir / "checkpoints" / "5", processes[0])
        processes[victim].send_signal(signal.SIGKILL)
        status, _, errors = ended(processes[1 - victim], within=2 * SILENCE_S)
    assert status == 1
    assert errors.strip().splitlines()[-1].startswith("error: Another process of this run has died")
    steps = [int(path.name) for path in (workdir / "checkpoints").iterdir() if path.name.isdigit()]
    resumed = succeed(
        train_command(recordings, workdir, ENDLESS | {"train.steps": max(steps) + 1}), ONE_DEVICE
    )
    assert f"Resuming {workdir} at step {max(steps)}" in resumed


@pytest.mark.long
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_signal_to_one_stops_all_after_the_same_step(
    kind: signal.Signals, small_corpus: Path, tmp_path: Path
) -> None:
    recordings, workdir = Recordings(small_corpus, tmp_path / "prepared"), tmp_path / "run"
    with group(train_command(recordings, workdir, ENDLESS), 2) as processes:
        wait_for(workdir / "checkpoints" / "5", processes[0])
        processes[1].send_signal(kind)
        results = [ended(process, within=120) for process in processes]
    step = max(steps_with(workdir, "loss/total"))
    assert [status for status, _, _ in results] == [1, 130 if kind == signal.SIGINT else 1]
    for _, _, errors in results:
        assert f"Stopped by a signal at step {step} of 10000" in errors and "Traceback" not in errors
    assert (workdir / "checkpoints" / str(step)).is_dir()


def test_processes_know_how_many_share_their_machine_and_what_the_leader_says() -> None:
    program = (
        "import sys\nfrom xtts_jax.train.joining import Group, joined\n"
        "from xtts_jax.train.processes import from_leader, on_this_machine\n"
        "with joined(Group(sys.argv[2], int(sys.argv[4]), int(sys.argv[6]))):\n"
        "    print(on_this_machine())\n"
        "    assert on_this_machine() == 2\n"
        "    assert [from_leader(f'{name} of {sys.argv[6]}') for name in 'ab'] == ['a of 0', 'b of 0']"
    )
    with group([sys.executable, "-c", program], 2) as processes:
        results = [ended(process, within=120) for process in processes]
    assert [status for status, _, _ in results] == [0, 0], results
    assert results[0][1] == "2\n"


def test_half_an_address_is_refused(small_corpus: Path, tmp_path: Path) -> None:
    command = train_command(Recordings(small_corpus, tmp_path / "prepared"), tmp_path / "run")
    assert "--coordinator, --processes and --process belong together" in complaint(
        [*command, "--process", "0"]
    )


def test_failure_of_the_leader_is_told_to_the_others(tmp_path: Path) -> None:
    nothing = Recordings(tmp_path / "nothing", tmp_path / "prepared")
    (tmp_path / "nothing").mkdir()
    with group(train_command(nothing, tmp_path / "run", PLAIN), 2) as processes:
        results = [ended(process, within=120) for process in processes]
    assert [status for status, _, _ in results] == [1, 1]
    assert "Process 0 has failed" in results[1][2] and "Traceback" not in results[1][2]


def test_settings_that_differ_are_the_last_word_of_all(small_corpus: Path, tmp_path: Path) -> None:
    recordings = Recordings(small_corpus, tmp_path / "prepared")
    faster = {1: ["--config.optim.learning_rate=0.01"]}
    with group(train_command(recordings, tmp_path / "run", PLAIN), 2, faster) as processes:
        results = [ended(process, within=60) for process in processes]
    for status, _, errors in results:
        assert status == 1 and "Traceback" not in errors and "stack trace" not in errors
        assert "other settings than process 0: optim.learning_rate is 0.003 there and" in last_line(errors)
    assert last_line(results[0][2]).startswith("error: Process 1 has failed: ")


def test_a_number_that_two_processes_have_is_the_last_word_of_all(tmp_path: Path) -> None:
    command = train_command(Recordings(tmp_path, tmp_path), tmp_path / "run", PLAIN)
    with group(command, 3, numbers=[0, 1, 1]) as processes:
        results = [ended(process, within=60) for process in processes]
    for status, _, errors in results:
        assert status == 1 and "stack trace" not in errors
        assert "have the number 1. Give each its own --process" in last_line(errors)


def test_one_too_many_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom xtts_jax.train.joining import Group, joined\n"
        "met, end = map(Path, sys.argv[1:3])\n"
        "with joined(Group(sys.argv[4], int(sys.argv[6]), int(sys.argv[8]))):\n"
        "    met.touch()\n"
        "    while not end.exists(): time.sleep(0.1)"
    )
    met, end = tmp_path / "met", tmp_path / "end"
    with group([sys.executable, "-c", program, str(met), str(end)], 2) as processes:
        wait_for(met, processes[0])
        surplus = subprocess.run(processes[1].args, cwd=ROOT, env=ONE_DEVICE, capture_output=True, text=True)
        end.touch()
        results = [ended(process, within=60) for process in processes]
    assert "are complete without this one" in last_line(surplus.stderr)
    assert [status for status, _, _ in results] == [0, 0], results


def last_line(errors: str) -> str:
    return errors.strip().splitlines()[-1]
