"""The WebSocket /v1/audio/speech/stream, for text that arrives in pieces, as from a language model.

The client sends JSON: first {"type": "start"} with the fields of a request that it wants, then any number of
{"type": "text", "text": "..."}, and {"type": "end"}; {"type": "flush"} has what came so far spoken at once.
It gets {"type": "started"}, then {"type": "words"} with the words of the audio that follows in a binary
message, again and again, and {"type": "done"}, or {"type": "error"}.
"""

import asyncio
import logging
import secrets
from typing import Literal, TypeVar

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocketDisconnect

from xtts_jax.audio.coded import Encoder, format_of
from xtts_jax.errors import FieldError
from xtts_jax.serve.asking import Manner
from xtts_jax.serve.gate import REFUSED, Keys, bearer
from xtts_jax.serve.problems import Problem, broken, of_fields, of_validation
from xtts_jax.serve.service import Service
from xtts_jax.serve.speech import words_of
from xtts_jax.serve.talk import Talk
from xtts_jax.speak.speech import Speech

M = TypeVar("M", bound=BaseModel)
FAILED, TRY_LATER = 1011, 1013  # codes of WebSockets that close
LATER = (429, 503)
ORDER = 'Send {"type": "start"} first, then {"type": "text", "text": "Good morning."} and {"type": "end"}.'

log = logging.getLogger(__name__)


class Start(Manner):
    type: Literal["start"]
    api_key: str = ""  # for browsers, which cannot send it as a header
    response_format: str = "pcm"


class More(BaseModel):
    type: Literal["text", "flush", "end"]
    text: str = ""


def router(service: Service, keys: Keys) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/v1/audio/speech/stream")
    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        try:
            with service.sessions.take():
                await _converse(socket, service, keys)
            await socket.close()
        except WebSocketDisconnect:
            return
        except FieldError as error:
            await _fail(socket, of_fields(error))
        except Problem as problem:
            await _fail(socket, problem)
        except Exception:
            number = f"ws_{secrets.token_hex(8)}"
            log.exception("%s failed", number)
            await _fail(socket, broken(number))

    return routes


async def _converse(socket: WebSocket, service: Service, keys: Keys) -> None:
    start = await _received(socket, Start, service)
    keys.require(bearer(socket.headers) or start.api_key)
    service.desk.require_open()
    kind, wish = format_of(start.response_format), service.wish(start)
    encoder = Encoder(kind, service.sample_rate)

    async def say(piece: Speech) -> None:
        await socket.send_json({"type": "words", "words": words_of(piece)})
        if data := encoder.add(piece.audio):
            await socket.send_bytes(data)

    await socket.send_json(
        {
            "type": "started",
            "response_format": start.response_format,
            "sample_rate": encoder.sample_rate,
            "ignored": wish.ignored,
        }
    )
    talk = Talk(service, wish, say)
    listening = asyncio.create_task(_listen(socket, service, talk))
    try:
        done, _ = await asyncio.wait({talk.speaking, listening}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        listening.cancel()
        talk.cancel()
    await socket.send_bytes(encoder.end())
    await socket.send_json({"type": "done", "notices": talk.notices})


async def _listen(socket: WebSocket, service: Service, talk: Talk) -> None:
    """Passes on what comes; after the end it waits for nothing but that the client leaves."""
    while (more := await _received(socket, More, service)).type != "end":
        if more.type == "flush":
            await talk.flush()
        else:
            await talk.add(more.text)
    await talk.end()
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    raise WebSocketDisconnect


async def _received(socket: WebSocket, kind: type[M], service: Service) -> M:
    try:
        message = await asyncio.wait_for(socket.receive(), service.limits.idle_s)
    except TimeoutError:
        raise Problem(408, "No text came for a long time. Connect again when there is some.") from None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    try:
        return kind.model_validate_json(message.get("text") or message.get("bytes") or "")
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise of_validation(found, ORDER) from error


async def _fail(socket: WebSocket, problem: Problem) -> None:
    code = TRY_LATER if problem.status_code in LATER else FAILED if problem.status_code >= 500 else REFUSED
    try:
        await socket.send_json({"type": "error", "error": problem.error()})
        await socket.close(code)
    except (RuntimeError, WebSocketDisconnect):  # the client has left
        return
