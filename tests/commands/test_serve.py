"""`xtts-jax serve`: what it refuses, and a server that is started and stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from xtts_jax.commands import serve
from xtts_jax.errors import UserError

KEY = "the key of the tests"


def complaint(*arguments: str) -> str:
    with pytest.raises(UserError) as refused:
        serve.main(["--ckpt", "nowhere", *arguments])
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_others_are_let_in_only_with_a_key_or_if_that_is_said_twice(host: str, tmp_path: Path) -> None:
    (keys := tmp_path / "keys").write_text(f"{KEY}\n\n")
    assert "--allow-anyone" in complaint("--host", host)
    assert "Wyoming protocol knows no keys" in complaint(
        *("--host", host, "--api-key-file", str(keys), "--wyoming-port", "0")
    )
    for enough in (["--api-key-file", str(keys)], ["--allow-anyone"]):
        options = serve._new_parser().parse_args(["--ckpt", "nowhere", "--host", host, *enough])
        serve.check_exposure(options, bool(serve.keys_of(options)))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_needs_no_key(host: str) -> None:
    assert serve.is_local(host)
    serve.check_exposure(serve._new_parser().parse_args(["--ckpt", "x", "--host", host]), False)


def test_keys_come_from_a_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (keys := tmp_path / "keys").write_text(f" {KEY} \n\nanother key of the tests\n")
    monkeypatch.setenv("TEST_KEY", "a third key of the tests")
    arguments = ["--ckpt", "x", "--api-key-file", str(keys), "--api-key-env", "TEST_KEY"]
    found = serve.keys_of(serve._new_parser().parse_args(arguments))
    assert found == [KEY, "another key of the tests", "a third key of the tests"]


def test_keys_that_are_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty := tmp_path / "empty").write_text("\n")
    (short := tmp_path / "short").write_text("abc\n")
    monkeypatch.setenv("TEST_KEY", "")
    assert "has no key" in complaint("--api-key-file", str(empty))
    assert "cannot be read" in complaint("--api-key-file", str(tmp_path / "missing"))
    assert "could be guessed" in complaint("--api-key-file", str(short))
    assert "is empty" in complaint("--api-key-env", "TEST_KEY")
    assert "--queue must be at least 1" in complaint("--queue", "0")


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert "pip install 'xtts_jax[serve]'" in complaint()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = complaint("--port", port)
        assert f"listens at 127.0.0.1:{port} already" in said and "give another --port," in said
        assert "attempting" not in said
        assert "give another --wyoming-port," in complaint("--port", "0", "--wyoming-port", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a" * 70])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    said = complaint("--host", host, "--allow-anyone")
    assert f"--host must be a name or address of this machine, such as 127.0.0.1, not {host!r}" in said


@pytest.mark.parametrize("port", ["-1", "65536", "99999"])
def test_a_port_that_does_not_exist_is_refused(port: str) -> None:
    assert f"--port must be from 0 to 65535, not {port}" in complaint("--port", port)


@pytest.mark.parametrize("origin", ["example.org", "https://example.org/", "https://a.org b.org", ""])
def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    assert "Give scheme and host" in complaint("--cors-origin", "*", "http://a.org:8000", origin)


def test_a_run_that_cannot_speak_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=str(tmp_path)):
        serve.main(["--ckpt", str(tmp_path), "--port", "0"])


@pytest.mark.slow
def test_it_serves_until_it_is_stopped(speaking_run: Path, root: Path) -> None:
    command = [sys.executable, "-m", "xtts_jax", "serve", "--ckpt", str(speaking_run), "--port", "0"]
    environment = {**os.environ, "TEST_KEY": KEY}
    with subprocess.Popen(
        [*command, "--api-key-env", "TEST_KEY"], cwd=root, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        told = process.stderr.readline()
        assert told == "Compiling for this voice: about a minute the first time, then seconds.\n"
        line = next(line for line in process.stderr if "speaks at" in line)
        url = re.findall(r"http://\S+", line)[0]
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = httpx.post(f"{url}/v1/audio/speech", json={"input": "a man."}, headers=headers, timeout=60)
        assert answer.status_code == 200 and len(answer.content) > 1000
        assert httpx.get(f"{url}/v1/models").status_code == 401
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(30) == 0, rest
    assert "POST /v1/audio/speech 200" in rest and "Traceback" not in rest and KEY not in rest
