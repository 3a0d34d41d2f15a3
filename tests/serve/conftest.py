"""A service on the run that all tests share, whose vocoder hums."""

import pytest
from fastapi.testclient import TestClient
from served import Hum, client_of, new_service, wav
from speaking_run import buzz

from xtts_jax.serve.service import Service
from xtts_jax.speak.synthesizer import Synthesizer


@pytest.fixture
def service(synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(synthesizer, "vocode", Hum())
    return new_service(synthesizer)


@pytest.fixture
def client(service: Service) -> TestClient:
    return client_of(service)


@pytest.fixture(scope="session")
def recording() -> bytes:
    """A WAV file of a voice-like sound."""
    return wav(buzz(1.0, 130))
