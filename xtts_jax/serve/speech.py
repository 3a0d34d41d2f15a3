"""POST /v1/audio/speech: a text as a file, as a stream, as events, or with the times of its words."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from xtts_jax.audio.coded import Encoder, Format, format_of, whole
from xtts_jax.errors import FieldError
from xtts_jax.serve import answers
from xtts_jax.serve.asking import STREAM_FORMATS, SpeechRequest, Wish
from xtts_jax.serve.problems import CLIENT_LEFT, Problem, of_fields
from xtts_jax.serve.service import Service
from xtts_jax.speak.speech import Speech, joined

T = TypeVar("T")
Part = TypeVar("Part", np.ndarray, Speech)
LONGEST_HEADER = 1000  # characters


@dataclass
class Spoken:
    """A request that is being answered."""

    service: Service
    wish: Wish
    text: str
    name: str  # what the client calls the format
    format: Format
    place: ExitStack  # in the queue; closed when all is spoken, before the client has it and asks for more
    notices: list[str] = field(default_factory=list)

    def audio(self) -> AsyncIterator[np.ndarray]:
        return self._until_spoken(self.service.stream(self.wish, self.text, self.notices))

    def pieces(self) -> AsyncIterator[Speech]:
        return self._until_spoken(self.service.pieces(self.wish, self.text, self.notices))

    async def _until_spoken(self, parts: AsyncIterator[Part]) -> AsyncIterator[Part]:
        async for part in parts:
            yield part
        self.place.close()

    def encoder(self) -> Encoder:
        return Encoder(self.format, self.service.sample_rate)

    @property
    def sample_rate(self) -> int:
        """That of what the client gets."""
        return self.format.sample_rate or self.service.sample_rate

    def headers(self) -> dict[str, str]:
        """What a client should know and cannot hear; the body says it too where it is JSON."""
        told = {"X-Notice": " ".join(self.notices), "X-Ignored": ", ".join(self.wish.ignored)}
        return {name: _as_header(text) for name, text in told.items() if text}


def router(service: Service) -> APIRouter:
    routes = APIRouter(tags=["speech"])

    def place() -> Iterator[ExitStack]:
        with ExitStack() as held:
            held.enter_context(service.desk.place())
            yield held

    said = answers.speech() | answers.failures(400, 404, 408, 413, 429, 503)

    @routes.post("/v1/audio/speech", response_class=Response, responses=said)
    async def speech(
        request: Request, asked: SpeechRequest, held: Annotated[ExitStack, Depends(place)]
    ) -> Response:
        """Speaks a text. The body streams while it is spoken, except as flac and with `stream: false`."""
        spoken = _spoken(service, asked, held)
        if asked.stream_format == "sse":
            return await _events(request, spoken, words=asked.timestamps)
        if asked.timestamps:
            return await while_connected(request, _timed(spoken))
        if not asked.stream:
            return await while_connected(request, _whole(spoken))
        return await _streamed(request, spoken)

    return routes


def _spoken(service: Service, asked: SpeechRequest, place: ExitStack) -> Spoken:
    if asked.stream_format not in STREAM_FORMATS:
        raise FieldError(
            "{stream_format} must be {known}, not {given!r}.",
            known=" or ".join(STREAM_FORMATS),
            given=asked.stream_format[:40],
        )
    kind = format_of(asked.response_format)
    return Spoken(service, service.wish(asked), asked.input, asked.response_format, kind, place)


async def _streamed(request: Request, spoken: Spoken) -> Response:
    chunks = spoken.audio()
    first = await while_connected(request, anext(chunks))

    async def body() -> AsyncIterator[bytes]:
        encoder = spoken.encoder()
        yield encoder.add(first)
        async for chunk in chunks:
            yield encoder.add(chunk)
        yield encoder.end()

    headers = spoken.headers() | {"X-Sample-Rate": str(spoken.sample_rate)}
    return StreamingResponse(body(), media_type=spoken.format.media_type, headers=headers)


async def _whole(spoken: Spoken) -> Response:
    pieces = [chunk async for chunk in spoken.audio()]
    data = await asyncio.to_thread(whole, pieces, spoken.format, spoken.service.sample_rate)
    headers = spoken.headers() | {"X-Sample-Rate": str(spoken.sample_rate)}
    return Response(data, media_type=spoken.format.media_type, headers=headers)


async def _timed(spoken: Spoken) -> Response:
    speech = joined([piece async for piece in spoken.pieces()])
    data = await asyncio.to_thread(whole, [speech.audio], spoken.format, spoken.service.sample_rate)
    return JSONResponse(
        {
            "object": "speech",
            "audio": _base64(data),
            "response_format": spoken.name,
            "sample_rate": spoken.sample_rate,
            "duration_s": round(len(speech.audio) / speech.sample_rate, 4),
            "words": words_of(speech),
            "notices": spoken.notices,
        },
        headers=spoken.headers(),
    )


async def _events(request: Request, spoken: Spoken, *, words: bool) -> Response:
    """Server-sent events, with OpenAI's names; a delta has the words of its audio where they are wanted."""
    parts: AsyncIterator[Any] = spoken.pieces() if words else spoken.audio()
    first = await while_connected(request, anext(parts))

    async def body() -> AsyncIterator[str]:
        encoder = spoken.encoder()
        yield _delta(encoder, first)
        try:
            async for part in parts:
                yield _delta(encoder, part)
        except FieldError as error:
            yield _event("error", error=of_fields(error).error())
        except Problem as problem:
            yield _event("error", error=problem.error())
        else:
            yield _event("speech.audio.delta", audio=_base64(encoder.end()))
            yield _event("speech.audio.done", usage=_usage(spoken.text), notices=spoken.notices)

    return StreamingResponse(body(), media_type="text/event-stream", headers=spoken.headers())


def _delta(encoder: Encoder, part: np.ndarray | Speech) -> str:
    if isinstance(part, Speech):
        return _event("speech.audio.delta", audio=_base64(encoder.add(part.audio)), words=words_of(part))
    return _event("speech.audio.delta", audio=_base64(encoder.add(part)))


def _event(kind: str, **values: Any) -> str:
    return f"data: {json.dumps({'type': kind, **values})}\n\n"


def _usage(text: str) -> dict[str, int]:
    """In characters, which is what a text to speak is counted in here."""
    return {"input_tokens": len(text), "output_tokens": 0, "total_tokens": len(text)}


def words_of(speech: Speech) -> list[dict[str, Any]]:
    return [word._asdict() for word in speech.words]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _as_header(text: str) -> str:
    """Other letters than those of headers as escapes, and no line ends."""
    return " ".join(text.split()).encode("ascii", "backslashreplace").decode("ascii")[:LONGEST_HEADER]


async def while_connected(request: Request, work: Awaitable[T]) -> T:
    """Waits for it, unless the client leaves: then it is given up."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Problem(CLIENT_LEFT, "The client has left.", code="client_left")
        return task.result()
    finally:
        task.cancel()
        gone.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
