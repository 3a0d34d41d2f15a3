"""The Wyoming protocol, by which Home Assistant speaks, on a port of its own."""

import asyncio
import logging
import socket

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

from xtts_jax.audio.coded import FORMATS, Encoder
from xtts_jax.errors import FieldError
from xtts_jax.serve.asking import Manner, Wish
from xtts_jax.serve.limits import Limits
from xtts_jax.serve.problems import Problem, broken, of_fields
from xtts_jax.serve.service import Service
from xtts_jax.serve.talk import Talk
from xtts_jax.serve.voices import OWN
from xtts_jax.speak.speech import Speech

log = logging.getLogger(__name__)
SAMPLES = FORMATS["pcm"]._replace(sample_rate=0)
_ATTRIBUTION = Attribution(name="xtts_jax", url="")


async def listen(service: Service, where: socket.socket) -> asyncio.Server:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Handler(service, reader, writer).run()

    return await asyncio.start_server(meet, sock=where, limit=service.limits.body)


class Handler(AsyncEventHandler):
    """One connection; a text that comes in pieces is spoken by a `Talk`."""

    def __init__(self, service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(_Bounded(reader, service.limits), writer)  # type: ignore[arg-type]
        self._service = service
        self._talk: Talk | None = None
        self._sounds = False  # between AudioStart and AudioStop

    async def run(self) -> None:
        try:
            with self._service.sessions.take():
                await super().run()
        except Problem as problem:
            await self._fail(problem)
            self.writer.close()
        except (OSError, EOFError, TimeoutError):
            log.info("a client of the Wyoming port has left")
        except Exception:
            log.exception("a connection of the Wyoming port was closed")

    async def disconnect(self) -> None:
        if self._talk:
            self._talk.cancel()

    async def handle_event(self, event: Event) -> bool:
        try:
            await self._answer(event)
        except FieldError as error:
            await self._fail(of_fields(error))
        except Problem as problem:
            await self._fail(problem)
        except OSError:
            raise
        except Exception:
            log.exception("an event of the Wyoming port failed")
            await self._fail(broken("the Wyoming port"))
        return True

    async def _answer(self, event: Event) -> None:
        if Describe.is_type(event.type):
            await self.write_event(describe(self._service).event())
        elif Synthesize.is_type(event.type) and not self._talk:  # else it repeats what came in pieces
            _require_text(event)
            await self._speak(Synthesize.from_event(event))
        elif SynthesizeStart.is_type(event.type):
            self._begin(SynthesizeStart.from_event(event))
        elif SynthesizeChunk.is_type(event.type) and self._talk:
            _require_text(event)
            await self._talk.add(SynthesizeChunk.from_event(event).text)
        elif SynthesizeStop.is_type(event.type) and self._talk:
            await self._finish(self._talk)

    async def _speak(self, asked: Synthesize) -> None:
        wish = self._wish(asked.voice)
        with self._service.desk.place():
            async for chunk in self._service.stream(wish, asked.text, []):
                await self._sound(chunk)
        await self._stop_sound()

    def _begin(self, asked: SynthesizeStart) -> None:
        async def say(piece: Speech) -> None:
            await self._sound(piece.audio)

        self._talk = Talk(self._service, self._wish(asked.voice), say)

    async def _finish(self, talk: Talk) -> None:
        try:
            await talk.end()
            await talk.speaking
        finally:
            self._talk = None
            await self._stop_sound()
            await self.write_event(SynthesizeStopped().event())

    def _wish(self, voice: SynthesizeVoice | None) -> Wish:
        name = (voice.speaker or voice.name) if voice else None
        language = voice.language if voice else None
        manner = Manner.model_validate({"voice": name or OWN, "language": language})
        return self._service.wish(manner)

    async def _sound(self, audio: np.ndarray) -> None:
        rate = self._service.sample_rate
        if not self._sounds:
            self._sounds = True
            await self.write_event(AudioStart(rate, 2, 1).event())
        await self.write_event(AudioChunk(rate, 2, 1, Encoder(SAMPLES, rate).add(audio)).event())

    async def _stop_sound(self) -> None:
        if self._sounds:
            self._sounds = False
            await self.write_event(AudioStop().event())

    async def _fail(self, problem: Problem) -> None:
        await self._stop_sound()
        await self.write_event(Error(text=problem.detail, code=problem.code).event())


class _Bounded:
    """A reader that waits for no client forever, and takes no event of any size."""

    def __init__(self, reader: asyncio.StreamReader, limits: Limits) -> None:
        self._reader, self._limits = reader, limits

    async def readline(self) -> bytes:
        return await asyncio.wait_for(self._reader.readline(), self._limits.idle_s)

    async def readexactly(self, size: int) -> bytes:
        if size > self._limits.body:
            raise ValueError(f"an event of {size} bytes")  # which closes the connection
        return await asyncio.wait_for(self._reader.readexactly(size), self._limits.slow_body_s)


def describe(service: Service) -> Info:
    voices = [
        TtsVoice(
            name=voice["id"],
            attribution=_ATTRIBUTION,
            installed=True,
            description=voice["name"] or voice["id"],
            version=str(service.tts.step),
            languages=voice.get("languages", [*service.tts.tokenizer.languages]),
        )
        for voice in service.voices.describe()
    ]
    program = TtsProgram(
        name="xtts_jax",
        attribution=_ATTRIBUTION,
        installed=True,
        description=f"The run {service.model}",
        version=str(service.tts.step),
        voices=voices,
        supports_synthesize_streaming=True,
    )
    return Info(tts=[program])


def _require_text(event: Event) -> None:
    if not isinstance(text := event.data.get("text"), str):
        raise FieldError("{text} must be a text, not {given}.", given=repr(text)[:40])
