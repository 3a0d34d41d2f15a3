"""Processes of a group that wait for each other, as threads of this one."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from xtts_jax.errors import FieldError, UserError
from xtts_jax.train import meeting


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPoolExecutor]:
    monkeypatch.setattr(meeting, "PATIENCE_S", 0.2)
    monkeypatch.setattr(meeting, "_GLANCE_S", 0.01)
    with ThreadPoolExecutor() as pool:
        yield pool


def start(
    threads: ThreadPoolExecutor, port: int, *numbers: int, of: int = 3, seconds: float = 20
) -> list[Future[None]]:
    return [threads.submit(meeting.meet, "127.0.0.1", port, of, number, seconds) for number in numbers]


def complaint(process: Future[None]) -> str:
    error = process.exception(20)
    assert isinstance(error, UserError)
    return str(error)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_all_go_on_when_all_are_there(threads: ThreadPoolExecutor, port: int, order: tuple[int, ...]) -> None:
    first, second, third = order
    early = start(threads, port, first, second)
    time.sleep(0.1)
    assert not any(process.done() for process in early)
    for process in [*early, *start(threads, port, third)]:
        process.result(20)


def test_a_number_that_two_have_ends_all_at_once(threads: ThreadPoolExecutor, port: int) -> None:
    for process in start(threads, port, 0, 1, 1):
        assert "Two processes of this run have the number 1. Give each its own process" in complaint(process)


def test_another_count_than_that_of_process_0_ends_all_at_once(
    threads: ThreadPoolExecutor, port: int
) -> None:
    for process in [*start(threads, port, 0), *start(threads, port, 1, of=4)]:
        assert "Process 0 of this run was started with 3 processes, and another" in complaint(process)


def test_all_say_who_is_missing_and_then_that_it_has_not_come(
    threads: ThreadPoolExecutor, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for process in start(threads, port, 0, 1, seconds=1):
        assert "had come in time: process 2 was missing. Start as many" in complaint(process)
    assert capsys.readouterr().err.count("Still waiting for process 2.\n") == 2


def test_others_say_that_process_0_is_missing(
    threads: ThreadPoolExecutor, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "process 0 was missing" in complaint(*start(threads, port, 1, seconds=0.5))
    assert capsys.readouterr().err == "Still waiting for process 0.\n"


def test_one_that_has_left_may_come_again_and_others_than_processes_are_nobody(
    threads: ThreadPoolExecutor, port: int
) -> None:
    (leader,) = start(threads, port, 0)
    for said in (b"xtts_jax 1 3\n", b"GET / HTTP/1.1\r\n\r\n"):
        with meeting._reached("127.0.0.1", port, 5) as gone:
            gone.sendall(said)
    for process in [leader, *start(threads, port, 1, 2)]:
        process.result(20)


def test_what_is_not_process_0_is_not_waited_for(threads: ThreadPoolExecutor, port: int) -> None:
    for said, expected in (
        (b"\0\0\6\4", "are complete without this one"),
        (b"", "Process 0 of this run ended"),
    ):
        with socket.create_server(("127.0.0.1", port)) as other:
            (process,) = start(threads, port, 1)
            met, _ = other.accept()
            assert met.recv(100) == b"xtts_jax 1 3\n"
            met.sendall(said)
            met.close()
            assert expected in complaint(process)


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("", 0)) as taken, pytest.raises(FieldError, match="Process 0 cannot listen"):
        meeting.meet("127.0.0.1", taken.getsockname()[1], 1, 0, 1)
