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
