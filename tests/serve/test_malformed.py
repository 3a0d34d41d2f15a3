"""Requests that nobody should send: each is answered, and the server goes on."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served import Hum, client_of, error_of, new_service

from xtts_jax.serve.asking import SpeechRequest
from xtts_jax.speak.synthesizer import Synthesizer

FEW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.text(max_size=20) | st.sampled_from(
    ["a man", "<fa>", "[[", "\ud800", "\0", "&#0;", "<break time='-1s'/>"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
FIELDS = st.dictionaries(st.sampled_from([*SpeechRequest.model_fields]), VALUES, max_size=4)
PATHS = st.sampled_from(
    ["/v1/audio/speech", "/v1/voices", "/v1/models", "/v1/voices/x", "/health", "/", "/docs"]
)


@pytest.fixture(scope="module")
def client(synthesizer: Synthesizer) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesizer, "vocode", Hum())
        yield client_of(new_service(synthesizer))


@FEW
@given(FIELDS, TEXTS)
def test_fields_of_any_kind(client: TestClient, fields: dict[str, object], text: str) -> None:
    body = json.dumps({"input": text} | fields)
    answer = client.post("/v1/audio/speech", content=body, headers={"Content-Type": "application/json"})
    described = client.app.openapi()["paths"]["/v1/audio/speech"]["post"]["responses"]  # type: ignore[attr-defined]
    assert str(answer.status_code) in described, answer.text
    if answer.status_code != 200:
        error_of(answer, answer.status_code)


@FEW
@given(
    st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD"]),
    PATHS,
    st.binary(max_size=200),
    st.sampled_from(
        ["application/json", "multipart/form-data; boundary=a", "multipart/form-data", "text/plain", ""]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10),
)
def test_bodies_of_any_kind(
    client: TestClient, method: str, path: str, body: bytes, kind: str, tail: str
) -> None:
    headers = {"Content-Type": kind}
    answer = client.request(method, f"{path}/{quote(tail)}" if tail else path, content=body, headers=headers)
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        error_of(answer, answer.status_code)
