"""What a user sees when the system ends a command."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.commands import endings
from xtts_jax.errors import InterruptionError, UserError
from xtts_jax.runs import checkpoint
from xtts_jax.train.state import TrainState


def end_of(error: Exception, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    def fail(_) -> None:
        raise error

    with pytest.raises(SystemExit) as end:
        endings.run(fail)
    return end.value.code, capsys.readouterr().err


def test_a_refusal_of_the_system_is_one_paragraph_naming_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, message = end_of(OSError(28, "No space left on device", "runs/a/metrics.jsonl"), capsys)
    assert code == 1
    assert "No space left on device (runs/a/metrics.jsonl)" in message
    assert message.count("\n") == 1


def test_a_refusal_without_a_file_is_one_paragraph_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    code, message = end_of(TimeoutError("too slow"), capsys)
    assert code == 1
    assert "too slow." in message


def test_a_work_that_ctrl_c_ended_in_good_order_has_its_paragraph_and_130(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert end_of(InterruptionError("Step 3 is saved."), capsys) == (130, "error: Step 3 is saved.\n")


def test_a_mistake_of_the_program_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        endings.run(lambda _: print(1 // 0))


def test_a_checkpoint_that_finds_no_room_is_one_paragraph(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    params = {str(i): random.normal(size=10_000) for i in range(100)}  # each is a write that is abandoned
    zero = jnp.zeros((), jnp.int32)
    state = TrainState(zero, params, params, (), zero, zero)
    manager = checkpoint.open_manager(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(UserError, match=r"could not be written to .*checkpoints.*Make room"):
            checkpoint.save(manager, 1, state, None)
            checkpoint.finish(manager)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "Traceback" not in capfd.readouterr().err


def interrupted(
    root: Path, folder: Path, body: str, kind: str = "SIGINT"
) -> subprocess.CompletedProcess[str]:
    """A command that imports a module with this body, and then goes on."""
    (folder / "eager.py").write_text(
        f"import os, signal\ndef stop(): os.kill(os.getpid(), signal.{kind})\n{body}"
    )
    program = (
        f"import signal, sys; sys.path[:0] = [{str(folder)!r}]\nfrom xtts_jax.commands import endings\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # may be ignored where tests run
        "def command(_):\n    import eager\n    eager.stop()\n    print('went on')\nendings.run(command)"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("body", ["", "try: stop()\nexcept BaseException: pass"])
def test_an_interrupt_ends_a_command_also_where_an_import_would_swallow_it(
    root: Path, tmp_path: Path, body: str
) -> None:
    ended = interrupted(root, tmp_path, body)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "interrupted\n")


@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP"])
def test_other_signals_end_a_command_as_tidily(root: Path, tmp_path: Path, kind: str) -> None:
    ended = interrupted(root, tmp_path, "", kind)
    assert (ended.returncode, ended.stderr) == (128 + signal.Signals[kind], "interrupted\n")


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_closed_pipe_ends_a_command_in_silence(lines: int, root: Path) -> None:
    """A single line fails when it is flushed at the end, many while they are printed."""
    program = (
        "from xtts_jax.commands import endings\n"
        f"endings.run(lambda _: [print('line') for _ in range({lines})])"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
