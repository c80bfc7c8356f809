"""Who may ask, where a key is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from serving_tools import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    Make = Callable[..., TestClient]

CLOSED = ("/model", "/places", "/metrics")
OPEN = ("/health", "/ready", "/docs", "/openapi.json")


def test_without_a_key_anyone_may_ask(client: TestClient) -> None:
    """As by default, on this machine alone."""
    assert all(client.get(path).status_code == 200 for path in (*CLOSED, *OPEN))
    assert client.post("/estimates", json=GOOD).status_code == 200


@pytest.mark.parametrize("given", [None, "", "sesam", "sésame2", "sésame "])
def test_with_a_key_others_may_not(make_client: Make, given: str | None) -> None:
    """What tells nothing of the market stays open."""
    client = make_client(key="sésame")
    headers = {} if given is None else {"X-API-Key": given.encode()}
    for path in CLOSED:
        refused = client.get(path, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert "X-API-Key" in refused.headers["WWW-Authenticate"]
        assert "sésame" not in refused.text
    assert client.post("/estimates", json=GOOD, headers=headers).status_code == 401
    assert client.post("/estimates/file", content=b"", headers=headers).status_code == 401
    assert all(client.get(path, headers=headers).status_code == 200 for path in OPEN)


def test_who_knows_it_may(make_client: Make) -> None:
    """Sent as a header."""
    client = make_client(key="sésame")
    headers = {"X-API-Key": "sésame".encode()}
    assert all(client.get(path, headers=headers).status_code == 200 for path in CLOSED)
    assert client.post("/estimates", json=GOOD, headers=headers).status_code == 200
    assert client.get("/openapi.json").json()["security"] == [{"key": []}]
