"""What a server says of itself."""

import re

import pytest
from fastapi.testclient import TestClient
from served import client_of, error_of

from xtts_jax.serve.asking import SpeechRequest
from xtts_jax.serve.service import Service


def test_the_model_is_described(client: TestClient, service: Service) -> None:
    (listed,) = client.get("/v1/models").json()["data"]
    assert listed == client.get("/v1/models/tiny").json()
    assert (listed["id"], listed["object"], listed["step"]) == ("tiny", "model", service.tts.step)
    assert listed["languages"] == ["en", "fa"] and listed["emotions"] == ["happy", "sad"]
    assert "'tiny'" in error_of(client.get("/v1/models/other"), 404)["message"]


def test_the_documentation_names_every_path_and_field_and_no_other_host(client: TestClient) -> None:
    page, described = client.get("/docs").text, client.get("/openapi.json").json()
    for path in described["paths"]:
        assert f" {path}</h2>" in page
    for field in (*SpeechRequest.model_fields, "denoise"):
        assert f"<td>{field}<" in page
    for shown in (page, client.get("/").text):
        assert not re.findall(r"(?:src|href)=\"?(?:https?:)?//", shown)


def test_the_description_tells_how_requests_fail(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    speech = paths["/v1/audio/speech"]["post"]["responses"]
    assert speech.keys() == {"200", "400", "403", "404", "408", "413", "429", "503", "default"}
    assert speech["200"]["content"].keys() > {"audio/mpeg", "audio/pcm", "application/json"}
    for method in (method for path in paths.values() for method in path.values()):
        assert "422" not in method["responses"] and "security" not in method


def test_the_description_asks_for_a_key_where_one_is_needed(service: Service) -> None:
    paths = client_of(service, "the key of the tests").get("/openapi.json").json()["paths"]
    assert "401" not in paths["/health"]["get"]["responses"] and "security" not in paths["/health"]["get"]
    for method in (paths["/v1/voices"]["post"], paths["/metrics"]["get"]):
        assert "401" in method["responses"] and "security" in method


def test_the_described_ranges_are_those_that_are_checked(client: TestClient) -> None:
    fields = client.get("/openapi.json").json()["components"]["schemas"]["SpeechRequest"]["properties"]
    ranges = {name: field for name, field in fields.items() if "maximum" in field}
    assert ranges.keys() == {"speed", "pitch", "energy", "seed", "strength", "colour"}
    for name, field in ranges.items():
        for value in (field["minimum"] - 1, field["maximum"] + 1):
            answer = client.post("/v1/audio/speech", json={"input": "a", name: value})
            assert error_of(answer, 400)["param"] == name


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/voices", {"GET", "POST"}),
        ("/v1/voices/x", {"DELETE"}),
        ("/v1/audio/speech", {"POST"}),
        ("/health", {"GET", "HEAD"}),
    ],
)
def test_what_a_path_allows_is_said(client: TestClient, path: str, methods: set[str]) -> None:
    for method in {"DELETE", "GET", "PATCH", "POST"} - methods:
        answer = client.request(method, path)
        assert error_of(answer, 405) and {*answer.headers["allow"].split(", ")} == methods
    assert client.head("/health").status_code == 200  # as monitors ask


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/limits.py", 404),
        ("DELETE", "/v1/audio/speech", 405),
        ("PUT", "/v1/voices", 405),
        ("POST", "/", 405),
    ],
)
def test_what_is_not_there_is_said_in_the_same_way(
    client: TestClient, method: str, path: str, status: int
) -> None:
    assert "/docs lists" in error_of(client.request(method, path), status)["message"]


def test_figures_name_no_route_that_is_none(service: Service) -> None:
    client = client_of(service)
    for number in range(3):
        client.get(f"/v1/made-up-{number}")
        client.request(f"METHOD{number}", "/nothing")
    text = client.get("/metrics").text
    assert "made-up" not in text and "METHOD" not in text
    assert 'xtts_requests_total{method="other",route="other",status="404"} 3.0' in text
