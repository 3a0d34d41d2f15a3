"""A server on its ports: the clients that people have, who leave, and how it stops."""

import asyncio
import io
import signal
import socket
import time
import warnings
from collections.abc import Iterator

import httpx
import jax.numpy as jnp
import numpy as np
import openai
import pytest
import soundfile
from served import Hum, Live, Stepwise, new_service, serving
from speaking_run import LONG_TEXT, RATE, TEXT
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeVoice

from xtts_jax.speak.synthesizer import Synthesizer

KEY = "the key of the tests"
SAY = {"input": TEXT, "response_format": "pcm"}


@pytest.fixture(scope="module")
def live(synthesizer: Synthesizer) -> Iterator[Live]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesizer, "vocode", Hum())
        with serving(new_service(synthesizer, body=2**14), KEY) as live:
            yield live


@pytest.fixture
def stepwise(synthesizer: Synthesizer) -> Stepwise:
    return Stepwise(synthesizer)


def until(done: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_client_of_openai_works_unchanged(live: Live) -> None:
    client = openai.OpenAI(api_key=KEY, base_url=f"{live.url}/v1", max_retries=0)
    speech = client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert soundfile.info(io.BytesIO(speech.content)).format == "MP3"
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts",
        voice="coral",
        input=LONG_TEXT,
        response_format="pcm",
        speed=1.5,
        instructions="cheerful",
    ) as answer:
        assert answer.headers["x-ignored"] == "instructions"
        assert sum(map(len, answer.iter_bytes())) > RATE
    assert [model.id for model in client.models.list()] == ["tiny"]
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, speed=9)
    assert refused.value.param == "speed" and "0.25" in refused.value.message
    with pytest.raises(openai.NotFoundError):
        client.audio.speech.create(model="tts-1", voice="nobody", input=TEXT)
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()


def test_an_upload_forks_no_process_that_has_threads(live: Live) -> None:
    jnp.zeros(1).block_until_ready()  # JAX has started, and warns of forks from now on
    key = {"Authorization": f"Bearer {KEY}"}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        answer = httpx.post(f"{live.url}/v1/voices", files={"file": b"nonsense"}, headers=key, timeout=30)
    assert answer.json()["error"]["code"] == "unusable_recording"
    assert [str(each.message) for each in told if "fork" in str(each.message)] == []


def test_bytes_that_are_no_request_leave_it_serving(live: Live) -> None:
    random = np.random.default_rng(0)
    starts = (b"", b"GET / HTTP/1.1\r\n", b"POST /v1/audio/speech HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
    for number in range(30):
        with socket.create_connection(("127.0.0.1", live.port)) as connection:
            connection.sendall(starts[number % 3] + random.bytes(500))
    with socket.create_connection(("127.0.0.1", live.wyoming_port)) as connection:
        connection.sendall(b'{"type": "synthesize", "data_length": 999999999}\n')
        assert connection.recv(100) == b""  # closed, and nothing kept for it
    for number in range(10):
        with socket.create_connection(("127.0.0.1", live.wyoming_port)) as connection:
            connection.sendall([b'{"type": ', b"[1]\n", b'{"type": 5}\n', b"[" * 10**4 + b"\n"][number % 4])
    assert httpx.get(f"{live.url}/health").json()["status"] == "ok"


async def talk(live: Live, *events: Event) -> list[Event]:
    """What comes until the audio, the talk or the server ends, or an error is told."""
    found: list[Event] = []
    async with AsyncTcpClient("127.0.0.1", live.wyoming_port) as client:
        for event in events:
            await client.write_event(event)
        last = "synthesize-stopped" if SynthesizeStop.is_type(events[-1].type) else "audio-stop"
        while event := await asyncio.wait_for(client.read_event(), 20):
            found.append(event)
            if event.type in (last, "info", "error"):
                break
    return found


def test_home_assistant_finds_the_voices(live: Live) -> None:
    (event,) = asyncio.run(talk(live, Describe().event()))
    (program,) = Info.from_event(event).tts
    assert [(voice.name, voice.languages) for voice in program.voices] == [("s0", ["en"]), ("s1", ["fa"])]
    assert program.supports_synthesize_streaming


@pytest.mark.parametrize("voice", [None, SynthesizeVoice(name="s1"), SynthesizeVoice(language="fa")])
def test_home_assistant_speaks(live: Live, voice: SynthesizeVoice | None) -> None:
    start, *chunks, stop = asyncio.run(talk(live, Synthesize(TEXT, voice=voice).event()))
    assert AudioStart.from_event(start).rate == RATE and AudioStop.is_type(stop.type)
    audio = b"".join(AudioChunk.from_event(chunk).audio for chunk in chunks)
    assert len(audio) > RATE  # more than half a second
    assert np.abs(np.frombuffer(audio, "<i2")).max() > 1000


def test_home_assistant_speaks_a_text_in_pieces(live: Live) -> None:
    pieces = [SynthesizeChunk(each).event() for each in ("a man sa", "id it. A", "nd he sat.")]
    whole = Synthesize("a man said it. And he sat.").event()  # for servers that cannot do this
    found = asyncio.run(talk(live, SynthesizeStart().event(), *pieces, whole, SynthesizeStop().event()))
    kinds = [event.type for event in found]
    assert kinds[0] == "audio-start" and kinds[-2:] == ["audio-stop", "synthesize-stopped"]
    assert kinds.count("audio-chunk") == 2 and kinds.count("audio-start") == 1


def test_home_assistant_is_told_what_is_wrong(live: Live) -> None:
    for text, voice, says in (("***", None, "nothing to say"), (TEXT, "nobody", "GET /v1/voices")):
        asked = Synthesize(text, voice=SynthesizeVoice(name=voice)).event()
        assert says in asyncio.run(talk(live, asked))[-1].data["text"]


@pytest.mark.parametrize("text", [5, None, ["a"]])
def test_home_assistant_is_told_that_a_text_must_be_one(live: Live, text: object) -> None:
    (error,) = asyncio.run(talk(live, Event("synthesize", {"text": text})))
    assert error.type == "error" and f"'input' must be a text, not {text!r}" in error.data["text"]


def test_nothing_more_is_spoken_for_a_client_that_left(stepwise: Stepwise) -> None:
    service = new_service(stepwise)
    with serving(service) as live:
        stepwise.steps.release(2)
        with httpx.stream("POST", f"{live.url}/v1/audio/speech", json=SAY) as answer:
            next(answer.iter_bytes())
            assert service.desk.places.taken == 1
        stepwise.steps.release(1)
        until(lambda: service.desk.places.taken == 0)
        stepwise.steps.release(5)
        time.sleep(0.3)
        assert stepwise.made <= 4  # one more may have been under way


def test_a_client_that_leaves_before_the_first_sound_frees_its_place(stepwise: Stepwise) -> None:
    service = new_service(stepwise)
    with serving(service) as live:
        for fields in ({}, {"stream": False}):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{live.url}/v1/audio/speech", json=SAY | fields, timeout=0.3)
            until(lambda: service.desk.places.taken == 0)
        stepwise.steps.release(3)
        until(lambda: stepwise.made >= 1)


def test_it_finishes_what_it_speaks_and_refuses_what_is_new(stepwise: Stepwise) -> None:
    service = new_service(stepwise)
    with serving(service) as live:
        stepwise.steps.release(1)
        with httpx.stream("POST", f"{live.url}/v1/audio/speech", json=SAY) as answer:
            chunks = answer.iter_bytes()
            next(chunks)
            live.server.handle_exit(signal.SIGTERM, None)
            refused = httpx.post(f"{live.url}/v1/audio/speech", json=SAY)
            assert refused.status_code == 503 and refused.json()["error"]["code"] == "closing"
            stepwise.last = 4
            stepwise.steps.release(9)
            assert sum(map(len, chunks)) > 0
        live.thread.join(10)
        assert not live.thread.is_alive() and stepwise.made == 4


def test_a_second_signal_ends_it_at_once(stepwise: Stepwise) -> None:
    service = new_service(stepwise)
    with serving(service) as live:
        stepwise.steps.release(1)
        with (
            pytest.raises(httpx.RemoteProtocolError),
            httpx.stream("POST", f"{live.url}/v1/audio/speech", json=SAY) as answer,
        ):
            chunks = answer.iter_bytes()
            next(chunks)
            for _ in range(2):
                live.server.handle_exit(signal.SIGINT, None)
            for _ in chunks:
                pass
        live.thread.join(10)
        assert not live.thread.is_alive()
        stepwise.steps.release()  # for the thread that speaks
