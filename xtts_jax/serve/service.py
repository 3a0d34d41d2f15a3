"""What all doors of a server share: the synthesizer, its queue, its voices, limits and figures."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from xtts_jax.runs import emotions
from xtts_jax.runs import voices as own
from xtts_jax.serve.asking import Manner, Wish, require_modest, wish_of
from xtts_jax.serve.desk import Desk
from xtts_jax.serve.limits import Limits
from xtts_jax.serve.metrics import Metrics
from xtts_jax.serve.places import Places
from xtts_jax.serve.problems import Problem
from xtts_jax.serve.uploads import Uploads
from xtts_jax.serve.voices import Voices
from xtts_jax.speak.speech import Speech
from xtts_jax.speak.synthesizer import Synthesizer

T = TypeVar("T", np.ndarray, Speech)


@dataclass
class Service:
    tts: Synthesizer
    model: str  # its name
    created: int  # seconds since 1970
    limits: Limits
    speakers: dict[str, list[str]]  # with their languages
    emotions: list[str]
    desk: Desk = field(init=False)
    voices: Voices = field(init=False)
    metrics: Metrics = field(init=False)
    uploads: Uploads = field(init=False)
    sessions: Places = field(init=False)  # open conversations

    def __post_init__(self) -> None:
        self.desk = Desk(self.limits.places)
        self.voices = Voices(self.speakers, self.limits.voices)
        self.metrics = Metrics(lambda: self.desk.places.taken)
        self.uploads = Uploads(self.limits)
        self.sessions = Places(self.limits.sessions, "conversations are open", wait_s=30)

    @property
    def sample_rate(self) -> int:
        return self.tts.config.audio.sample_rate

    def wish(self, asked: Manner) -> Wish:
        """Raises what is wrong with it, apart from the text."""
        wish = wish_of(asked, self.voices, self.model, self.emotions)
        self.tts.voices.require_weights(wish.voice.style_weights)
        if wish.language:
            self.tts.tokenizer.language_id(wish.language)
        return wish

    def stream(self, wish: Wish, text: str, notices: list[str]) -> AsyncIterator[np.ndarray]:
        """The audio of a text as it is made; raises what is wrong with the request before the first chunk."""
        return self._counted(text, lambda: wish.stream(self.tts, text), len, notices)

    def pieces(self, wish: Wish, text: str, notices: list[str]) -> AsyncIterator[Speech]:
        """The same with word times, a piece of the text at a time."""
        return self._counted(
            text, lambda: wish.pieces(self.tts, text), lambda speech: len(speech.audio), notices
        )

    async def _counted(
        self, text: str, start: Callable[[], Iterator[T]], samples: Callable[[T], int], notices: list[str]
    ) -> AsyncIterator[T]:
        require_modest(text, self.limits)
        began, seconds = time.monotonic(), 0.0
        async for part in self.desk.turns(start, notices):
            if not seconds:
                self.metrics.first_audio.observe(time.monotonic() - began)
                self.metrics.characters.inc(len(text))
            seconds += samples(part) / self.sample_rate
            self.metrics.speech.inc(samples(part) / self.sample_rate)
            yield part
            if seconds > self.limits.speech_s:
                raise Problem(
                    400,
                    f"The speech is longer than {self.limits.speech_s:g} s, which is as much as is given at "
                    "once. Divide 'input', or raise 'speed'.",
                    param="input",
                    code="too_long",
                )

    def describe(self) -> dict[str, Any]:
        """As GET /v1/models shows it: OpenAI's fields and more."""
        return {
            "id": self.model,
            "object": "model",
            "created": self.created,
            "owned_by": "xtts_jax",
            "step": self.tts.step,
            "sample_rate": self.sample_rate,
            "languages": [*self.tts.tokenizer.languages],
            "emotions": self.emotions,
            "most_characters": self.limits.text,
        }


def open_service(workdir: Path, limits: Limits, **given: Any) -> Service:
    """The service of a run; the rest is for `Synthesizer`. Raises `UserError` where it cannot speak."""
    tts = Synthesizer(workdir, **given)
    speakers = {voice.speaker: voice.languages for voice in own.read(workdir)}
    moods = sorted({mood.emotion for mood in emotions.read(workdir)})
    created = int((workdir / "config.json").stat().st_mtime)
    return Service(tts, workdir.resolve().name, created, limits, speakers, moods)
