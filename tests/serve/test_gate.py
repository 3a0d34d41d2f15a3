"""Keys, origins and sizes."""

import pytest
from fastapi.testclient import TestClient
from served import client_of, error_of
from speaking_run import TEXT

from xtts_jax.serve.gate import Keys
from xtts_jax.serve.service import Service

KEY, OTHER_KEY = "the key of the tests", "another key of the tests"
SAY = {"input": TEXT}


@pytest.fixture
def guarded(service: Service) -> TestClient:
    return client_of(service, KEY, OTHER_KEY, local=False)


def as_bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "headers", [{}, as_bearer(KEY[:-1]), as_bearer(""), {"Authorization": f"Basic {KEY}"}]
)
@pytest.mark.parametrize(
    "path", ["/v1/audio/speech", "/v1/voices", "/v1/models", "/v1/nothing", "/metrics", "/v1/../metrics"]
)
def test_nothing_is_done_without_a_key(guarded: TestClient, path: str, headers: dict[str, str]) -> None:
    for answer in (guarded.get(path, headers=headers), guarded.post(path, json=SAY, headers=headers)):
        assert error_of(answer, 401)["code"] == "invalid_api_key"
        assert answer.headers["www-authenticate"] == "Bearer" and "x-request-id" in answer.headers


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_every_key_opens(guarded: TestClient, key: str) -> None:
    assert guarded.post("/v1/audio/speech", json=SAY, headers=as_bearer(key)).status_code == 200
    assert guarded.get("/metrics", headers=as_bearer(key)).status_code == 200


def test_page_documentation_and_health_need_no_key(guarded: TestClient) -> None:
    for path in ("/", "/docs", "/openapi.json", "/health"):
        assert guarded.get(path).status_code == 200


def test_keys_are_not_kept_and_all_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    keys = Keys([KEY, OTHER_KEY])
    assert KEY not in repr(vars(keys))
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: compared.append(other) or one == other)
    assert keys.accept(KEY) and len(compared) == 2
    assert not keys.accept("") and not keys.accept("é\udcff") and Keys([]).accept("")


def test_other_names_do_not_lead_to_a_server_without_keys(client: TestClient) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "[", ""):
        assert error_of(client.get("/v1/models", headers={"Host": host}), 403)["code"] == "unknown_host"
    for host in ("localhost:8020", "127.0.0.1:1", "[::1]:8020"):
        assert client.get("/v1/models", headers={"Host": host}).status_code == 200


def test_pages_of_others_are_kept_out_unless_they_are_let(client: TestClient, service: Service) -> None:
    evil, friend = {"Origin": "https://evil.example"}, {"Origin": "https://friend.example"}
    for answer in (client.get("/v1/voices", headers=evil), client.post("/v1/voices", headers=evil)):
        assert error_of(answer, 403)["code"] == "foreign_origin"
        assert "access-control-allow-origin" not in answer.headers
    assert client.get("/v1/voices", headers={"Origin": "http://127.0.0.1"}).status_code == 200
    open_to_one = client_of(service, origins=["https://friend.example"])
    answer = open_to_one.get("/v1/voices", headers=friend)
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    assert error_of(open_to_one.get("/v1/voices", headers=evil), 403)
    asked = {
        **friend,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    assert open_to_one.options("/v1/audio/speech", headers=asked).status_code == 200


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/voices"])
def test_bodies_have_a_limit(client: TestClient, service: Service, path: str, length: bool) -> None:
    most = service.limits.upload if path == "/v1/voices" else service.limits.body
    body = b" " * (most + 1)
    content = body if length else iter([body[:1000], body[1000:]])
    kind = "multipart/form-data; boundary=x" if path == "/v1/voices" else "application/json"
    answer = client.post(path, content=content, headers={"Content-Type": kind})
    assert error_of(answer, 413)["code"] == "too_large"


def test_a_length_that_is_not_a_number_is_refused(client: TestClient) -> None:
    for length in ("-1", "1e3", "x"):
        assert error_of(client.post("/v1/audio/speech", headers={"Content-Length": length}), 413)
