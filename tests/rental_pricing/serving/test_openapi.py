"""The description of the API: true, complete, and shown without any other host."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from starlette.testclient import TestClient

METHODS = {"get", "post"}


@pytest.fixture
def description(client: TestClient) -> dict[str, Any]:
    """What /openapi.json says."""
    told: dict[str, Any] = client.get("/openapi.json").json()
    return told


def test_all_that_can_be_asked_is_described(description: dict[str, Any]) -> None:
    """In a version that Swagger UI 4 can show."""
    assert description["openapi"] == "3.0.3"
    assert {(path, method) for path, item in description["paths"].items() for method in item} == {
        ("/estimates", "post"),
        ("/estimates/file", "post"),
        ("/model", "get"),
        ("/places", "get"),
        ("/metrics", "get"),
        ("/health", "get"),
        ("/ready", "get"),
    }
    assert "securitySchemes" not in description["components"]


def test_its_examples_are_priced(client: TestClient, description: dict[str, Any]) -> None:
    """Or would be, nearer to their own city."""
    schemas = description["components"]["schemas"]
    for name in ("Listing", "Question"):
        example = schemas[name]["example"]
        answer = client.post("/estimates", json=example)
        assert answer.status_code == 200
        assert "the nearest listing that the model knows" in answer.json()["estimates"][0]["reason"]


def test_answers_are_as_described(
    client: TestClient, description: dict[str, Any], as_json: list[dict[str, Any]]
) -> None:
    """An answer with everything, and a problem."""
    asked = {
        "listings": [*as_json[:5], as_json[0] | {"latitude": 10}],
        "similar": 2,
        "explain": True,
    }
    answers = {
        "Answer": client.post("/estimates", json=asked).json(),
        "Problem": client.post("/estimates", json={"listings": [{"x": [1]}]}).json(),
    }
    schemas = {name: _closed(each) for name, each in description["components"]["schemas"].items()}
    for name, answer in answers.items():
        root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        Draft202012Validator(root).validate(answer)


def _closed(schema: Any) -> Any:
    """Turn ``nullable`` of OpenAPI 3.0 into what JSON Schema has."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(each) for name, each in schema.items() if name != "nullable"}
    if schema.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def test_its_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    """All parts come from the service itself, by addresses relative to the page."""
    page = client.get("/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(parts) == 4
    assert not [each for each in parts if ":" in each or each.startswith("/")]
    for each in parts:
        answer = client.get(f"/{each}")
        assert (answer.status_code, len(answer.content) > 100) == (200, True)
    start = client.get("/docs/start.js").text
    assert 'url: "openapi.json"' in start
    assert "validatorUrl: null" in start
    assert client.get("/docs/swagger-ui.js.map").status_code == 404


def test_behind_a_proxy_it_tells_its_path(client: TestClient) -> None:
    """As ``--root-path`` says."""
    assert "servers" not in client.get("/openapi.json").json()
    behind = TestClient(client.app, root_path="/prices")
    told = behind.get("/prices/openapi.json").json()
    assert told["servers"] == [{"url": "/prices"}]
    assert behind.get("/prices/ready").status_code == 200
