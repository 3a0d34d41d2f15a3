"""A conversation: text comes in pieces, and each sentence is spoken as soon as it is complete."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np

from xtts_jax.errors import TextError
from xtts_jax.serve.asking import Wish, require_modest
from xtts_jax.serve.incoming import Incoming
from xtts_jax.serve.problems import of_fields
from xtts_jax.serve.service import Service
from xtts_jax.speak.pieces import PAUSE_S
from xtts_jax.speak.speech import Speech

WAITING = 64  # sentences that are not spoken yet; more text is not read before

Say = Callable[[Speech], Awaitable[None]]


class Talk:
    """Begins to speak in a task of its own, `speaking`, while more text is added."""

    def __init__(self, service: Service, wish: Wish, say: Say) -> None:
        """say: is given every piece of speech, with word times counted from the start of the talk."""
        self._service, self._wish, self._say = service, wish, say
        self._incoming = Incoming()
        self._sentences: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        self._frames = 0
        self.notices: list[str] = []
        self.speaking = asyncio.create_task(self._speak_all())

    async def add(self, piece: str) -> None:
        """Waits while too many sentences are unspoken; raises what `speaking` raises, once it has ended."""
        for sentence in self._incoming.add(piece):
            await self._put(sentence)
        if len(self._incoming) > self._service.limits.text:
            require_modest(self._incoming.rest(), self._service.limits)

    async def flush(self) -> None:
        """Takes what has come for complete."""
        if (rest := self._incoming.rest()).strip():
            await self._put(rest)

    async def end(self) -> None:
        """No more text will come; `speaking` ends when all is spoken."""
        await self.flush()
        await self._put(None)

    def cancel(self) -> None:
        self.speaking.cancel()
        if self.speaking.done() and not self.speaking.cancelled():
            self.speaking.exception()  # nobody else will ask for it

    async def _put(self, sentence: str | None) -> None:
        putting = asyncio.ensure_future(self._sentences.put(sentence))
        await asyncio.wait({putting, self.speaking}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            self.speaking.result()

    async def _speak_all(self) -> None:
        """What cannot be said is left out; raises its error if that is everything."""
        failed: TextError | None = None
        while (sentence := await self._sentences.get()) is not None:
            with self._service.desk.place():
                try:
                    await self._speak(sentence)
                except TextError as error:  # such as a line of asterisks between two paragraphs
                    self.notices.append(of_fields(error).detail)
                    failed = error
        if failed and not self._frames:
            raise failed

    async def _speak(self, sentence: str) -> None:
        audio = self._service.tts.config.audio
        pause = audio.frames(PAUSE_S) if self._frames else 0
        start, silence = self._frames + pause, np.zeros(pause * audio.hop_length, np.float32)
        said = 0
        async for piece in self._service.pieces(self._wish, sentence, self.notices):
            segments = tuple(each._replace(start_frame=each.start_frame + start) for each in piece.segments)
            sound = np.concatenate([silence, piece.audio])
            await self._say(piece._replace(audio=sound, segments=segments))
            said, silence = said + len(piece.mel), silence[:0]
            self._frames = start + said
