"""Voices that are listed, uploaded and deleted, and the process that decodes them."""

import asyncio
import os
import signal
import tempfile
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from served import Answer, client_of, error_of, new_service, wav
from speaking_run import RATE, TEXT, buzz
from starlette.formparsers import MultiPartParser

from xtts_jax.serve.service import Service
from xtts_jax.serve.voices import CONSENT


def upload(client: TestClient, data: bytes, **fields: str) -> Answer:
    return client.post("/v1/voices", files={"file": ("../../me.wav", data)}, data=fields)


def test_an_uploaded_voice_speaks_until_it_is_deleted(client: TestClient, recording: bytes) -> None:
    made = upload(client, recording, name=" My\nvoice ").json()
    assert made["consent"] == CONSENT and made["name"] == "My voice"
    assert any("no speech" in notice for notice in made["notices"])
    assert [voice["id"] for voice in client.get("/v1/voices").json()["data"]] == ["s0", "s1", made["id"]]
    say = {"input": TEXT, "voice": made["id"], "response_format": "pcm"}
    assert client.post("/v1/audio/speech", json=say).status_code == 200
    assert client.delete(f"/v1/voices/{made['id']}").json()["deleted"]
    assert error_of(client.post("/v1/audio/speech", json=say), 404)["param"] == "voice"
    assert error_of(client.delete(f"/v1/voices/{made['id']}"), 404)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no recording"),
        (b"RIFF nonsense" * 99, "WAV, FLAC, OGG or MP3"),
        (wav(buzz(0.2, 130)), "too short"),
        (wav(np.zeros(RATE)), "silent"),
        (wav(np.zeros(121 * 4000), 4000), "at most 120 s"),
        (wav(np.zeros((900, 9))), "9 channels"),
        (wav(np.zeros(900), 1000), "sample rate"),
        (wav(np.full(RATE, np.nan), subtype="FLOAT"), "not finite"),
        (wav(buzz(1.0, 130), kind="AIFF"), "AIFF"),
    ],
)
def test_what_cannot_be_a_voice_is_refused(client: TestClient, data: bytes, says: str) -> None:
    error = error_of(upload(client, data), 400)
    assert error["param"] == "file" and says in error["message"]
    assert len(client.get("/v1/voices").json()["data"]) == 2


def test_a_form_is_asked_for(client: TestClient) -> None:
    assert error_of(client.post("/v1/voices", content=b"x"), 415)["code"] == "not_a_form"
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    error = error_of(client.post("/v1/voices", content=b"--y", headers=broken), 400)
    assert error["code"] == "bad_form" and error["message"].startswith(
        "The form is damaged, or has more than"
    )
    no_boundary = {"Content-Type": "multipart/form-data"}
    assert error_of(client.post("/v1/voices", content=b"--y", headers=no_boundary), 400)
    many = {f"field{i}": "x" for i in range(20)}
    assert error_of(upload(client, b"x", **many), 400)["code"] == "bad_form"


def test_one_recording_is_asked_for(client: TestClient, recording: bytes) -> None:
    two = [("file", (name, recording)) for name in ("a.wav", "a.wav")]
    error = error_of(client.post("/v1/voices", files=two), 400)
    assert error["param"] == "file" and "has 2 recordings in its field 'file'" in error["message"]


def test_denoise_is_true_or_false(client: TestClient, recording: bytes) -> None:
    assert error_of(upload(client, recording, denoise="maybe"), 400)["param"] == "denoise"
    assert upload(client, recording, denoise="True").status_code == 201


def test_an_upload_touches_no_disk(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    large = wav(np.stack([buzz(5.0, 130)] * 6, axis=1))
    assert len(large) > MultiPartParser.spool_max_size
    assert upload(client, large).status_code == 201


def test_there_is_room_for_so_many_voices(client: TestClient, service: Service, recording: bytes) -> None:
    for _ in range(service.limits.voices - 1):
        service.voices.add("another")
    made = upload(client, recording).json()
    assert error_of(upload(client, recording), 409)["code"] == "too_many_voices"
    client.delete(f"/v1/voices/{made['id']}")
    service.voices.require_room()


def test_speakers_of_the_run_stay(client: TestClient) -> None:
    assert error_of(client.delete("/v1/voices/s0"), 403)["code"] == "not_deletable"
    assert error_of(client.delete("/v1/voices/default"), 403)
    assert client.get("/v1/voices").json()["data"][1] == {
        "id": "s1",
        "object": "voice",
        "name": "s1",
        "kind": "speaker",
        "languages": ["fa"],
    }


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_decoder_that_dies_or_hangs_costs_one_request(
    service: Service, recording: bytes, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    client = client_of(new_service(service.tts, decoding_s=1))
    start = asyncio.create_subprocess_exec

    async def doomed(*arguments: Any, **how: Any) -> asyncio.subprocess.Process:
        process = await start(*arguments, **how)
        os.kill(process.pid, number)
        return process

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "create_subprocess_exec", doomed)
        assert "died or took too long" in error_of(upload(client, recording), 400)["message"]
    assert client.post("/v1/audio/speech", json={"input": TEXT}).status_code == 200
    assert client.get("/health").json()["places_taken"] == 0


def test_a_decoder_has_no_more_memory_than_it_may(service: Service) -> None:
    client = client_of(new_service(service.tts, decoding_memory=2**20))
    assert error_of(upload(client, wav(buzz(10.0, 130))), 400)["param"] == "file"


def test_few_may_upload_at_once(client: TestClient, service: Service, recording: bytes) -> None:
    with ExitStack() as others:
        for _ in range(service.limits.uploads):
            others.enter_context(service.uploads.places.take())
        answer = upload(client, recording)
    assert error_of(answer, 429)["type"] == "rate_limit_error" and answer.headers["retry-after"] == "5"
