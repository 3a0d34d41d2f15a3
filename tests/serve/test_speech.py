"""POST /v1/audio/speech, as it is answered."""

import base64
import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient
from served import Answer, client_of, error_of, new_service
from speaking_run import LONG_TEXT, RATE, TEXT

from xtts_jax.serve.service import Service
from xtts_jax.speak.voice_choice import VoiceChoice

OPUS_RATE = PCM_RATE = 24000


def ask(client: TestClient, text: str = TEXT, **fields: object) -> Answer:
    return client.post("/v1/audio/speech", json={"input": text, **fields})


@pytest.mark.parametrize(
    ("name", "media_type", "rate"),
    [
        ("mp3", "audio/mpeg", RATE),
        ("opus", "audio/ogg", OPUS_RATE),
        ("flac", "audio/flac", RATE),
        ("wav", "audio/wav", RATE),
    ],
)
def test_a_file_of_every_format_has_the_speech(
    client: TestClient, service: Service, name: str, media_type: str, rate: int
) -> None:
    answer = ask(client, model="tts-1", voice="alloy", response_format=name)
    assert answer.status_code == 200 and answer.headers["content-type"] == media_type
    heard, found = soundfile.read(io.BytesIO(answer.content))
    spoken = service.tts.speak(TEXT).audio
    assert found == rate == int(answer.headers["x-sample-rate"])
    # A decoder of MP3 also gives the frame that the encoder began with.
    assert len(heard) / rate == pytest.approx(len(spoken) / RATE, abs=0.12 if name == "mp3" else 0.001)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(np.sqrt(np.mean(spoken**2)), rel=0.15)


def test_samples_without_header_have_the_rate_of_openai(client: TestClient, service: Service) -> None:
    answer = ask(client, response_format="pcm")
    samples = np.frombuffer(answer.content, "<i2")
    assert len(samples) / PCM_RATE == pytest.approx(len(service.tts.speak(TEXT).audio) / RATE, abs=0.001)
    assert int(answer.headers["x-sample-rate"]) == PCM_RATE


def test_fields_reach_the_synthesizer(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple] = []

    def stream(text: str, language: str, voice: VoiceChoice, **manner: float) -> Iterator[np.ndarray]:
        asked.append((text, language, voice, manner))
        yield np.zeros(100, np.float32)

    monkeypatch.setattr(service.tts, "stream", stream)
    manner = {"speed": 2.0, "seed": 3, "pitch": 1.0, "energy": -3.0}
    voice = {"emotion": "sad", "strength": 0.5, "colour": 0.2}
    assert ask(client, voice="s1", language="fa", **voice, **manner).status_code == 200
    weights = [0.5] * service.tts.config.model.style_tokens
    assert ask(client, voice="nova", style_weights=weights).status_code == 200
    usual = {"speed": 1.0, "seed": 0, "pitch": 0.0, "energy": 0.0}
    assert asked == [
        (TEXT, "fa", VoiceChoice(speaker="s1", **voice), manner),
        (TEXT, None, VoiceChoice(style_weights=weights), usual),
    ]


def test_a_whole_file_has_its_length_and_a_stream_is_the_same(client: TestClient) -> None:
    whole, stream = (ask(client, response_format="wav", stream=each) for each in (False, True))
    assert "content-length" in whole.headers and "content-length" not in stream.headers
    size = int.from_bytes(whole.content[40:44], "little")
    assert size == len(whole.content) - 44
    assert whole.content[44:] == stream.content[44:]


def test_words_have_their_times(client: TestClient, service: Service) -> None:
    found = ask(client, timestamps=True, response_format="wav").json()
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(found["audio"])))
    speech = service.tts.speak(TEXT)
    assert found["words"] == [word._asdict() for word in speech.words]
    assert len(heard) / rate == pytest.approx(found["duration_s"], abs=0.001)


@pytest.mark.parametrize("timestamps", [False, True])
def test_events_have_the_audio_in_parts(client: TestClient, service: Service, timestamps: bool) -> None:
    answer = ask(client, LONG_TEXT, stream_format="sse", response_format="pcm", timestamps=timestamps)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"} and len(deltas) > 2
    assert done["type"] == "speech.audio.done"
    audio = b"".join(base64.b64decode(event["audio"]) for event in deltas)
    assert audio == ask(client, LONG_TEXT, response_format="pcm").content
    words = [word for event in deltas for word in event.get("words", ())]
    assert words == ([word._asdict() for word in service.tts.speak(LONG_TEXT).words] if timestamps else [])


def test_what_is_ignored_or_left_out_is_said(client: TestClient) -> None:
    answer = ask(client, f"{TEXT} <blink>xx</blink> q سلام", instructions="whisper", volume=3)
    assert answer.status_code == 200
    assert answer.headers["x-ignored"] == "instructions, volume"
    notice = answer.headers["x-notice"]
    assert "blink" in notice and "U+0633" in notice and notice.isascii()
    assert "x-ignored" not in ask(client, instructions="").headers


@pytest.mark.parametrize(
    ("fields", "status", "param", "says"),
    [
        ({"speed": 9}, 400, "speed", "'speed' must be between 0.25 and 4"),
        ({"speed": "fast"}, 400, "speed", "should be a valid number"),
        ({"speed": "2"}, 400, "speed", "should be a valid number"),
        ({"stream": "yes"}, 400, "stream", "should be a valid boolean"),
        ({"pitch": None}, 400, "pitch", "should be a valid number"),
        ({"input": 5}, 400, "input", "should be a valid string, not 5"),
        ({"input": " "}, 400, "input", "'input' is empty"),
        ({"input": "***"}, 400, "input", "nothing to say"),
        ({"input": "a" * 5000}, 400, "input", "at most 4096"),
        ({"input": "<fa>a"}, 400, "input", "fa"),
        ({"input": 'a<break time="50s"/>' * 3}, 400, "input", "150 s of silence"),
        ({"voice": "nobody"}, 404, "voice", "GET /v1/voices"),
        ({"voice": "../../etc/passwd"}, 404, "voice", "GET /v1/voices"),
        ({"voice": {"id": "nobody"}}, 404, "voice", "GET /v1/voices"),
        ({"model": "whisper-1"}, 404, "model", "'tiny'"),
        ({"language": "xx"}, 400, "language", "en, fa"),
        ({"emotion": "hapy"}, 400, "emotion", "Did you mean 'happy'?"),
        ({"style_weights": [1]}, 400, "style_weights", "style tokens"),
        ({"response_format": "aac"}, 400, "response_format", "mp3, opus, flac, wav or pcm"),
        ({"stream_format": "ndjson"}, 400, "stream_format", "audio or sse"),
        ({"seed": -1}, 400, "seed", "'seed' must be"),
    ],
)
def test_errors_name_the_field_and_the_remedy(
    client: TestClient, fields: dict[str, object], status: int, param: str, says: str
) -> None:
    answer = client.post("/v1/audio/speech", json={"input": TEXT} | fields)
    error = error_of(answer, status)
    assert error["param"] == param and says in error["message"]
    assert len(error["message"]) < 600


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "invalid_json"), (b"", "missing"), (b"[1]", "invalid_type"), (b"\xff\xfe", None)],
)
def test_a_body_that_is_not_an_object_is_refused(client: TestClient, body: bytes, code: str | None) -> None:
    answer = client.post("/v1/audio/speech", content=body, headers={"Content-Type": "application/json"})
    error = error_of(answer, 400)
    assert code in (None, error["code"])
    assert error_of(client.post("/v1/audio/speech", content=b"{}"), 400)["code"] == "not_json"


def test_speech_that_becomes_too_long_ends(service: Service) -> None:
    short = client_of(new_service(service.tts, speech_s=0.5))
    assert error_of(ask(short, stream=False), 400)["code"] == "too_long"


def test_a_fault_of_the_server_is_said_without_its_inside(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret path")

    monkeypatch.setattr(service.tts, "stream", fail)
    answer = ask(client)
    error = error_of(answer, 500)
    assert error["type"] == "server_error" and "secret" not in error["message"]
    assert answer.headers.get("x-request-id", "req_")[:4] == "req_"
    monkeypatch.undo()
    assert ask(client).status_code == 200
