"""The queue: turns, places, and what is told of them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient
from served import error_of
from speaking_run import TEXT

from xtts_jax.errors import notify
from xtts_jax.serve.desk import Desk
from xtts_jax.serve.problems import Problem
from xtts_jax.serve.service import Service
from xtts_jax.serve.speech import SpeechRequest, _spoken, _whole

SAY = {"input": TEXT}


def steps(name: str, count: int, log: list[str]) -> Iterator[str]:
    for number in range(count):
        log.append(f"{name}{number}")
        yield name


def test_requests_take_turns() -> None:
    desk, log = Desk(4, threads=1), []

    async def all_of(name: str, count: int) -> int:
        return len([part async for part in desk.turns(lambda: steps(name, count, log), [])])

    async def both() -> tuple[int, int]:
        return await asyncio.gather(all_of("long", 4), all_of("short", 2))

    assert list(asyncio.run(both())) == [4, 2]
    assert log == ["long0", "short0", "long1", "short1", "long2", "long3"]


def test_nothing_more_is_made_for_who_stops_asking() -> None:
    desk, log = Desk(4), []

    async def first() -> None:
        async for _ in desk.turns(lambda: steps("a", 9, log), []):
            break

    asyncio.run(first())
    assert log == ["a0"]


def test_notices_are_told_to_the_request_that_they_are_about() -> None:
    desk, together = Desk(4, threads=2), threading.Barrier(2, timeout=10)

    def warned(name: str) -> Iterator[str]:
        for _ in range(2):
            together.wait()  # passes only when the other one is spoken at the same time
            notify(f"about {name}")
            yield name

    async def notices_of(name: str) -> list[str]:
        notices: list[str] = []
        async for _ in desk.turns(lambda: warned(name), notices):
            pass
        return notices

    async def both() -> tuple[list[str], list[str]]:
        return await asyncio.gather(notices_of("one"), notices_of("other"))

    assert list(asyncio.run(both())) == [["about one"], ["about other"]]


def test_errors_pass_and_free_the_place() -> None:
    desk = Desk(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), desk.place():
            asyncio.run(desk.do(lambda: 1 // 0, []))
    assert desk.places.taken == 0


def test_a_full_queue_says_when_to_come_again(client: TestClient, service: Service) -> None:
    with ExitStack() as others:
        for _ in range(service.limits.places):
            others.enter_context(service.desk.place())
        answer = client.post("/v1/audio/speech", json=SAY)
        assert error_of(answer, 429)["type"] == "rate_limit_error"
        assert int(answer.headers["retry-after"]) >= 1
        assert "xtts_places_taken 4.0" in client.get("/metrics").text
    assert client.post("/v1/audio/speech", json=SAY).status_code == 200


def test_who_waits_is_told_how_long_requests_take(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, clock = Desk(1), iter(range(0, 10**6, 40))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    for _ in range(50):
        with desk.place():
            pass
    with desk.place(), pytest.raises(Problem) as refused, desk.place():
        pass
    assert refused.value.headers and 35 <= int(refused.value.headers["Retry-After"]) <= 40


def test_a_server_that_is_being_stopped_takes_nothing_new(
    client: TestClient, service: Service, recording: bytes
) -> None:
    service.desk.closing = True
    for answer in (
        client.post("/v1/audio/speech", json=SAY),
        client.post("/v1/voices", files={"file": recording}),
    ):
        assert error_of(answer, 503)["code"] == "closing" and "retry-after" in answer.headers
    health = client.get("/health")
    assert health.status_code == 503 and health.json()["status"] == "closing"


def test_a_place_is_free_before_the_client_has_its_answer(service: Service) -> None:
    """Whoever asks for the next sentence when it has the last one is never too many."""
    asked = SpeechRequest.model_validate({"input": TEXT})
    with ExitStack() as held:
        held.enter_context(service.desk.place())
        asyncio.run(_whole(_spoken(service, asked, held)))
        assert service.desk.places.taken == 0


def test_places_are_free_after_every_kind_of_request(client: TestClient, service: Service) -> None:
    kinds = (
        {},
        {"timestamps": True},
        {"stream": False},
        {"stream_format": "sse"},
        {"speed": 9},
        {"input": 5},
    )
    for kind in kinds:
        client.post("/v1/audio/speech", json=SAY | kind)
        assert service.desk.places.taken == 0
    text = client.get("/metrics").text
    assert 'xtts_requests_total{method="POST",route="/v1/audio/speech",status="200"} 4.0' in text
    assert 'xtts_requests_total{method="POST",route="/v1/audio/speech",status="400"} 2.0' in text
    assert "xtts_first_audio_seconds_count 4.0" in text
