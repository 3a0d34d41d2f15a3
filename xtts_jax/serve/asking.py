"""What a client asks for: the fields of its JSON, and what they mean to the synthesizer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from xtts_jax.audio.coded import FORMATS
from xtts_jax.errors import did_you_mean
from xtts_jax.serve.limits import Limits
from xtts_jax.serve.problems import Problem
from xtts_jax.serve.voices import OWN, Voices
from xtts_jax.speak.delivery import LAST_SEED, MOST_DB, MOST_SEMITONES, SPEEDS, Delivery
from xtts_jax.speak.speech import Speech
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import MOST_STRENGTH, MOST_WEIGHT, VoiceChoice
from xtts_jax.text.markup import parse

STREAM_FORMATS = ("audio", "sse")
OPENAI_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")  # what its clients ask for, and get this model


def _number(default: float, least: float, most: float, meaning: str) -> Any:
    """A field whose range is told to clients, and checked by the synthesizer."""
    told: Any = {"minimum": least, "maximum": most}
    return Field(default, description=f"{least} to {most}; {meaning}", json_schema_extra=told)


class VoiceId(BaseModel):
    id: str


class Manner(BaseModel):
    """Who speaks, and how; the part of a request that is the same for every text."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, strict=True)

    model: str = Field("", description="one of GET /v1/models, or one of OpenAI's; optional")
    voice: str | VoiceId = Field(OWN, description="one of GET /v1/voices; OpenAI's are the run's own")
    language: str | None = Field(None, description="en, fa ...; by default that of the voice")
    speed: float = _number(1.0, *SPEEDS, "2 is twice as fast")
    pitch: float = _number(0.0, -MOST_SEMITONES, MOST_SEMITONES, "semitones up")
    energy: float = _number(0.0, -MOST_DB, MOST_DB, "dB up")
    seed: int = _number(0, 0, LAST_SEED, "decides all that is drawn at random")
    emotion: str = Field("", description="one that the corpus labels; GET /v1/models lists them")
    style_weights: list[float] = Field(
        [],
        description="one for each style token of the run",
        json_schema_extra={"items": {"type": "number", "minimum": -MOST_WEIGHT, "maximum": MOST_WEIGHT}},
    )
    strength: float = _number(1.0, 0, MOST_STRENGTH, "0 is nobody's voice, 1 as it is, more exaggerates it")
    colour: float = _number(1.0, 0, 1, "how far speech takes on the recording's average spectrum")
    instructions: str | None = Field(None, description="ignored, which the header X-Ignored says")


class SpeechRequest(Manner):
    """What POST /v1/audio/speech takes: OpenAI's fields and more."""

    input: str = Field(description="the text; SSML is obeyed in part", json_schema_extra={"minLength": 1})
    response_format: str = Field(
        "mp3",
        description="mp3, opus, flac, wav or pcm (16 bit, 24 kHz)",
        json_schema_extra={"enum": [*FORMATS]},
    )
    stream_format: str = Field(
        "audio",
        description="audio, or sse for server-sent events",
        json_schema_extra={"enum": [*STREAM_FORMATS]},
    )
    stream: bool = Field(True, description="false: the file as a whole, with its length")
    timestamps: bool = Field(False, description="JSON with the audio in base64 and the times of words")


@dataclass(frozen=True)
class Wish:
    """How a client wants its texts said."""

    voice: VoiceChoice
    delivery: Delivery
    language: str | None
    ignored: tuple[str, ...] = field(default=())

    def stream(self, tts: Synthesizer, text: str) -> Iterator[np.ndarray]:
        return self._said(tts.stream, text)

    def pieces(self, tts: Synthesizer, text: str) -> Iterator[Speech]:
        return self._said(tts.speak_in_pieces, text)

    def _said(self, speak: Any, text: str) -> Any:
        how = self.delivery
        say = partial(speak, seed=how.seed, speed=how.speed, pitch=how.pitch, energy=how.energy)
        return say(text, self.language, self.voice)


def wish_of(asked: Manner, voices: Voices, model: str, emotions: Sequence[str]) -> Wish:
    """Raises `Problem` or `FieldError` for what this server has not, or the synthesizer cannot do.

    model: the name under which the server offers its run; emotions: that the run knows.
    """
    if asked.model and asked.model != model and asked.model not in OPENAI_MODELS:
        raise Problem(
            404,
            f"'model' must be {model!r}, or one of OpenAI's names for models that speak, not "
            f"{asked.model[:60]!r}.{did_you_mean(asked.model, [model, *OPENAI_MODELS])} It may be left out.",
            param="model",
            code="model_not_found",
        )
    if asked.emotion and asked.emotion.strip().lower() not in emotions:
        known = f"one of {', '.join(emotions)}" if emotions else "left out: the run knows none"
        raise Problem(
            400,
            f"'emotion' must be {known}; not {asked.emotion[:60]!r}.{did_you_mean(asked.emotion, emotions)}",
            param="emotion",
            code="invalid_value",
        )
    name = asked.voice if isinstance(asked.voice, str) else asked.voice.id
    choice = VoiceChoice(
        speaker=voices.speaker(name),
        emotion=asked.emotion,
        style_weights=asked.style_weights,
        strength=asked.strength,
        colour=asked.colour,
    )
    delivery = Delivery(asked.seed, asked.speed, asked.pitch, asked.energy)
    unused = ["instructions"] if asked.instructions else []
    return Wish(choice, delivery, asked.language or None, (*unused, *(asked.model_extra or ())))


def require_modest(text: str, limits: Limits) -> None:
    """Refuses a text that would take too long; `TextError` for markup that is not closed."""
    if len(text) > limits.text:
        raise Problem(
            400,
            f"'input' has {len(text)} characters, and at most {limits.text} are spoken at once. Divide it at "
            "the end of a paragraph.",
            param="input",
            code="string_above_max_length",
        )
    silence_s = sum(line.pause.asked_s for line in parse(text, "en").lines)
    if silence_s > limits.silence_s:
        raise Problem(
            400,
            f"'input' asks for {silence_s:.0f} s of silence, and at most {limits.silence_s:g} s are given. "
            "Shorten its <break> tags.",
            param="input",
            code="too_much_silence",
        )
