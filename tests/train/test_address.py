"""The address and the number of a process of a group."""

import socket
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from xtts_jax.errors import FieldError
from xtts_jax.train import joining
from xtts_jax.train.joining import Group, joined

WRONG = ["127.0.0.1", "nonsense:abc", "host:", "localhost:99999", "host:0", ":12", "a b:1"]


def complaint(group: Group) -> str:
    with pytest.raises(FieldError) as refused, joined(group):
        pass
    return str(refused.value)


@pytest.mark.parametrize("address", WRONG)
def test_an_address_without_host_or_port_is_refused(address: str) -> None:
    assert "coordinator must be the host and the port" in complaint(Group(address, 2, 0))


@pytest.mark.parametrize("process", [-1, 2])
def test_a_number_that_no_process_has_is_refused(process: int) -> None:
    assert f"not {process} of 2" in complaint(Group("127.0.0.1:1234", 2, process))


def test_a_host_that_is_not_there_is_refused() -> None:
    assert "no machine is called 'no.such.host.invalid'" in complaint(
        Group("no.such.host.invalid:1234", 2, 1)
    )


def test_a_second_process_0_on_a_machine_is_refused() -> None:
    with socket.create_server(("", 0), reuse_port=True) as first:
        port = first.getsockname()[1]
        assert "another process may have the number 0 too" in complaint(Group(f"127.0.0.1:{port}", 2, 0))


@pytest.mark.parametrize(
    ("group", "reason", "said"),
    [
        (
            Group("127.0.0.1:1234", 2, 1),
            RuntimeError("DEADLINE_EXCEEDED: Barrier"),
            "Not all processes of this",
        ),
        (
            Group("127.0.0.1:1234", 2, 1),
            RuntimeError("ALREADY_EXISTS: newer"),
            "has the same number. Give each",
        ),
        (
            Group(),
            ValueError("coordinator_address should be defined."),
            "No TPU pod, Slurm or Open MPI that",
        ),
    ],
)
def test_a_process_says_that_it_waits_and_then_what_is_wrong_in_other_words_than_jax(
    group: Group,
    reason: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise reason

    monkeypatch.setattr(joining, "meet", lambda *_: None)
    monkeypatch.setattr(jax.distributed, "initialize", fail)
    assert said in complaint(group)
    where = " at 127.0.0.1:1234" if group.coordinator else ""
    assert capsys.readouterr().err == f"Waiting for the other processes{where}, for up to 5 minutes.\n"


@pytest.mark.parametrize(("kind", "status"), [("SIGINT", 130), ("SIGTERM", 1)])
def test_a_group_that_ctrl_c_ended_has_its_status(root: Path, kind: str, status: int) -> None:
    """The child ends as a training does that its group has stopped; its parent alone knows by what."""
    child = (
        "import os, signal, sys, time\n"
        "for kind in (signal.SIGINT, signal.SIGTERM): signal.signal(kind, lambda *_: sys.exit(1))\n"
        f"os.kill(os.getppid(), signal.{kind})\ntime.sleep(20)"
    )
    program = (
        "import sys\nfrom xtts_jax.train.joining import keep\n"
        f"sys.exit(keep([sys.executable, '-c', {child!r}]))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=root, timeout=60).returncode == status
