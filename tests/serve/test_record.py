"""What is noted of requests."""

import asyncio
import json
import logging

import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from xtts_jax.serve.metrics import Metrics
from xtts_jax.serve.record import Record

SCOPE = {"type": "http", "method": "POST", "path": "/v1/audio/speech"}


async def waits(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def begins(scope: Scope, receive: Receive, send: Send) -> None:
    async def chunks():
        yield b"some"
        await asyncio.Event().wait()

    await StreamingResponse(chunks())(scope, receive, send)


async def cut_off(app) -> list[Message]:
    """What a client is sent that the end of the server does not let wait."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    request = asyncio.create_task(Record(app, Metrics(lambda: 0))(dict(SCOPE), receive, send))
    await asyncio.sleep(0.05)
    request.cancel()
    await request
    return sent


def test_requests_that_the_end_of_the_server_cuts_off_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    start, body = asyncio.run(cut_off(waits))
    assert start["status"] == 503 and json.loads(body["body"])["error"]["code"] == "closing"
    start, body = asyncio.run(cut_off(begins))
    assert start["status"] == 200 and body["body"] == b"some"
    assert [record.levelname for record in caplog.records if record.name.startswith("xtts_jax")] == [
        "INFO"
    ] * 2
