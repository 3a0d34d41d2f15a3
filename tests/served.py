"""A server as the tests start it: in this process, or on ports of this machine."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import soundfile
from fastapi.testclient import TestClient
from speaking_run import HOP, RATE, buzz

from xtts_jax.serve import app, server
from xtts_jax.serve.gate import Keys
from xtts_jax.serve.limits import Limits
from xtts_jax.serve.service import Service
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.vocoder.vocode import Voiced

LOCAL = "http://127.0.0.1"
SPEAKERS = {"s0": ["en"], "s1": ["fa"]}
LIMITS = replace(Limits(), upload=2**21, voices=3, places=4, grace_s=15)
STEP_S = 0.1
Answer = Any  # by httpx or by its successor, whichever the client of starlette takes
CHUNK = 100


def new_service(synthesizer: Any, **limits: float) -> Service:
    return Service(synthesizer, "tiny", 0, replace(LIMITS, **limits), SPEAKERS, ["happy", "sad"])


class Hum:
    """A vocoder at once: a sound that is never too loud, in chunks of at most CHUNK frames."""

    def __call__(self, mel: np.ndarray, seed: int) -> Voiced:
        return Voiced(buzz(len(mel) * HOP / RATE, 110).astype(np.float32))

    def stream(self, mel: np.ndarray, seed: int) -> Iterator[np.ndarray]:
        audio = self(mel, seed).audio
        yield from np.split(audio, range(CHUNK * HOP, len(audio), CHUNK * HOP))


class Stepwise:
    """A synthesizer that speaks without end, a tenth of a second whenever it is let."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        self.steps, self.made, self.last = threading.Semaphore(0), 0, 10**9

    def __getattr__(self, name: str) -> Any:
        return getattr(self._synthesizer, name)

    def stream(self, *_: object, **__: object) -> Iterator[np.ndarray]:
        while self.made < self.last:
            assert self.steps.acquire(timeout=20)
            self.made += 1
            yield np.full(round(STEP_S * RATE), 0.1, np.float32)


class Live(NamedTuple):
    """A server on ports of this machine."""

    server: server.Server
    port: int
    wyoming_port: int
    thread: threading.Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def client_of(service: Service, *keys: str, **how: Any) -> TestClient:
    return TestClient(app.build(service, Keys(keys), **how), LOCAL, raise_server_exceptions=False)


@contextmanager
def serving(service: Service, *keys: str) -> Iterator[Live]:
    http, wyoming = (server.bind("127.0.0.1", 0, "port") for _ in range(2))
    made = server.new_server(app.build(service, Keys(keys)), service, wyoming)
    thread = threading.Thread(target=made.run, args=[[http]])
    ports = [where.getsockname()[1] for where in (http, wyoming)]
    thread.start()
    try:
        yield Live(made, ports[0], ports[1], thread)
    finally:
        made.should_exit = made.force_exit = True
        thread.join(20)


def wav(audio: np.ndarray, rate: int = RATE, kind: str = "WAV", subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, audio, rate, format=kind, subtype=subtype)
    return file.getvalue()


def error_of(response: Answer, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert "\n" not in error["message"]
    return error
