"""Text that arrives in pieces, over a WebSocket."""

import json
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient
from served import LOCAL, client_of, new_service
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from xtts_jax.serve.service import Service

URL = "ws" + LOCAL.removeprefix("http") + "/v1/audio/speech/stream"
RATE = 24000
START, END = {"type": "start"}, {"type": "end"}


def say(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def received(socket: WebSocketTestSession) -> tuple[list[dict[str, Any]], bytes]:
    """All messages until the server closes, and the audio."""
    messages, audio = [], b""
    while True:
        message = socket.receive()
        if message["type"] == "websocket.close":
            messages.append(message)
            return messages, audio
        if message.get("bytes") is not None:
            audio += message["bytes"]
        else:
            messages.append(json.loads(message["text"]))


def exchange(client: TestClient, *messages: object) -> tuple[list[dict[str, Any]], bytes]:
    with client.websocket_connect(URL) as socket:
        for message in messages:
            socket.send_json(message)
        return received(socket)


def test_sentences_are_spoken_with_the_times_of_their_words(client: TestClient, service: Service) -> None:
    text = "a man said it. and then he sat. no"
    pieces = [say(text[at : at + 5].replace(" and", " And")) for at in range(0, len(text), 5)]
    (started, *found, done, closed), audio = exchange(client, {**START, "seed": 1, "foo": 2}, *pieces, END)
    assert started == {"type": "started", "response_format": "pcm", "sample_rate": RATE, "ignored": ["foo"]}
    words = [word for message in found for word in message["words"]]
    assert " ".join(word["text"] for word in words).lower() == text
    times = [time for word in words for time in (word["start_s"], word["end_s"])]
    assert times == sorted(times) and times[-1] <= len(audio) / 2 / RATE
    assert done == {"type": "done", "notices": []} and closed["code"] == 1000
    assert service.desk.places.taken == service.sessions.taken == 0


def test_a_sentence_is_spoken_before_the_text_ends(client: TestClient) -> None:
    with client.websocket_connect(URL) as socket:
        for message in (START, say("a man said it. A")):
            socket.send_json(message)
        assert socket.receive_json()["type"] == "started"
        assert [word["text"] for word in socket.receive_json()["words"]] == ["a", "man", "said", "it."]
        assert len(socket.receive_bytes()) > 1000
        socket.send_json({"type": "flush"})
        assert [word["text"] for word in socket.receive_json()["words"]] == ["A"]


def test_what_cannot_be_said_is_left_out(client: TestClient) -> None:
    (*_, done, closed), audio = exchange(client, START, say("* * *"), {"type": "flush"}, say("a man."), END)
    assert "nothing to say" in done["notices"][0] and audio and closed["code"] == 1000


@pytest.mark.parametrize(
    ("messages", "param", "code"),
    [
        ([say("a")], "type", 1008),
        ([{"type": "start", "speed": "x"}], "speed", 1008),
        ([{"type": "start", "voice": "nobody"}], "voice", 1008),
        ([{"type": "start", "response_format": "aac"}], "response_format", 1008),
        ([START, {"type": "nonsense"}], "type", 1008),
        ([START, say("* * *"), END], "input", 1008),
        ([START, say("a" * 5000)], "input", 1008),
        ([[]], None, 1008),
    ],
)
def test_errors_are_said_before_it_closes(
    client: TestClient, messages: list[object], param: str | None, code: int
) -> None:
    (*_, error, closed), _ = exchange(client, *messages)
    assert error["type"] == "error" and error["error"]["param"] == param
    assert closed["code"] == code


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"voice": "nobody"}, {"style_weights": [0.5]}])
def test_what_is_wrong_whatever_the_text_is_the_answer_to_start(
    client: TestClient, wrong: dict[str, object]
) -> None:
    (error, closed), _ = exchange(client, {**START, **wrong})
    assert error["error"]["param"] in wrong and closed["code"] == 1008


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([say("a")], "'type' should be 'start', not 'text'."),
        ([START, {"type": "nonsense"}], "'type' should be 'text', 'flush' or 'end', not 'nonsense'."),
        ([{}], '\'type\' is missing. Send {"type": "start"} first'),
    ],
)
def test_messages_out_of_order_are_answered_with_the_order(
    client: TestClient, messages: list[object], says: str
) -> None:
    (*_, error, _), _ = exchange(client, *messages)
    assert error["error"]["message"].startswith(says)


def test_a_key_comes_as_a_header_or_in_the_first_message(service: Service) -> None:
    client = client_of(service, "the key of the tests", local=False)
    (error, closed), _ = exchange(client, START)
    assert error["error"]["code"] == "invalid_api_key" and closed["code"] == 1008
    messages, audio = exchange(client, {**START, "api_key": "the key of the tests"}, say("a man."), END)
    assert audio and messages[-1]["code"] == 1000
    with client.websocket_connect(URL, headers={"Authorization": "Bearer the key of the tests"}) as socket:
        socket.send_json(START)
        assert socket.receive_json()["type"] == "started"


def test_pages_of_others_cannot_connect(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(URL, headers={"Origin": "https://evil.example"}),
    ):
        pass


def test_a_full_server_asks_to_come_again(client: TestClient, service: Service) -> None:
    with ExitStack() as others:
        for _ in range(service.limits.places):
            others.enter_context(service.desk.place())
        (*_, error, closed), _ = exchange(client, START, say("a man."), END)
    assert error["error"]["type"] == "rate_limit_error" and closed["code"] == 1013


def test_an_idle_session_is_closed(service: Service) -> None:
    client = client_of(new_service(service.tts, idle_s=0.1))
    (*_, error, closed), _ = exchange(client, START)
    assert "No text came" in error["error"]["message"] and closed["code"] == 1008
