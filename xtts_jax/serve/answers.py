"""What the server answers with, as its OpenAPI description promises it."""

from typing import Any, Literal

from pydantic import BaseModel

from xtts_jax.audio.coded import FORMATS

_REASONS = {
    400: "The text, a field or the recording cannot be used",
    401: "There is no API key, or an unknown one",
    403: "The address, the web page or the voice does not allow it",
    404: "There is no such voice or model",
    408: "The rest of the request did not come",
    409: "There are as many uploaded voices as the server keeps",
    413: "The request is too large",
    415: "The request is not a form",
    429: "All places are taken: try again after as many seconds as Retry-After says",
    503: "The server is being stopped",
}


class Error(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class Failure(BaseModel):
    error: Error


class Word(BaseModel):
    text: str
    symbols: str  # as the run pronounces it
    start_s: float
    end_s: float


class TimedSpeech(BaseModel):
    object: Literal["speech"]
    audio: str  # in base64
    response_format: str
    sample_rate: int
    duration_s: float
    words: list[Word]
    notices: list[str]


class Voice(BaseModel):
    id: str
    object: Literal["voice"]
    name: str
    kind: Literal["speaker", "uploaded"]
    languages: list[str] = []  # that a speaker knows
    created: int = 0  # when it was uploaded; seconds since 1970


class Voices(BaseModel):
    object: Literal["list"]
    data: list[Voice]


class MadeVoice(Voice):
    notices: list[str]
    consent: str


class DeletedVoice(BaseModel):
    id: str
    object: Literal["voice.deleted"]
    deleted: Literal[True]


class Model(BaseModel):
    id: str
    object: Literal["model"]
    created: int  # seconds since 1970
    owned_by: str
    step: int
    sample_rate: int
    languages: list[str]
    emotions: list[str]
    most_characters: int


class Models(BaseModel):
    object: Literal["list"]
    data: list[Model]


class Health(BaseModel):
    status: Literal["ok", "closing"]
    model: str
    step: int
    places_taken: int


Answers = dict[int | str, dict[str, Any]]  # for the `responses` of a route


def failures(*statuses: int) -> Answers:
    """What a route may fail with, besides what every request may."""
    told = {status: {"model": Failure, "description": _REASONS[status]} for status in sorted(statuses)}
    return {**told, "default": {"model": Failure, "description": "Whatever else goes wrong"}}


def speech() -> Answers:
    """The files, the events and the words with their times that a text may become."""
    file = {"schema": {"type": "string", "format": "binary"}}
    content = {kind.media_type: file for kind in FORMATS.values()} | {"text/event-stream": {}}
    return {200: {"model": TimedSpeech, "content": content, "description": "The speech"}}
