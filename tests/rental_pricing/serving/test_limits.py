"""How much is taken at once, and how long anyone waits."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from serving_tools import GOOD
from starlette.requests import Request

from rental_pricing.serving.limits import read_body
from rental_pricing.serving.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    Make = Callable[..., TestClient]


@pytest.mark.parametrize(("rows", "status"), [(3, 200), (4, 413)])
def test_a_batch_has_so_many_listings_at_most(make_client: Make, rows: int, status: int) -> None:
    """The limit itself is allowed."""
    client = make_client(max_listings=3)
    answer = client.post("/estimates", json={"listings": [GOOD] * rows})
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["errors"][0]["rule"] == "at most 3 listings"


@pytest.mark.parametrize(("rows", "status"), [(2, 200), (3, 413)])
def test_fewer_are_explained_at_once(make_client: Make, rows: int, status: int) -> None:
    """Each explanation is the price of many mixtures."""
    client = make_client(max_explained=2)
    asked = {"listings": [GOOD] * rows}
    assert client.post("/estimates", json=asked).status_code == 200
    assert client.post("/estimates", json=asked | {"explain": True}).status_code == status


def test_a_body_has_so_many_bytes_at_most(make_client: Make) -> None:
    """Whether it says before how long it is or not."""
    client = make_client(max_body_megabytes=0.001)
    for size, status in ((1000, 422), (1001, 413)):
        assert client.post("/estimates", content=b"x" * size).status_code == status
        parts = iter([b"x" * (size - 1), b"x"])
        assert client.post("/estimates", content=parts).status_code == status


def test_a_file_has_so_many_bytes_at_most_unpacked_too(make_client: Make) -> None:
    """Few bytes can be a very large file."""
    client = make_client(max_file_megabytes=0.01)
    plain = b"x" * 10_001
    assert client.post("/estimates/file", content=plain).status_code == 413
    assert client.post("/estimates/file", content=plain[1:]).status_code == 422
    assert client.post("/estimates/file", content=gzip.compress(plain)).status_code == 413


def test_another_kind_of_body_is_told(client: TestClient) -> None:
    """With what is taken."""
    answer = client.post("/estimates", content=b"a=1", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]
    typed = {"Content-Type": "application/json; charset=utf-8"}
    assert client.post("/estimates", content=b"{}", headers=typed).status_code == 422
    assert client.post("/estimates/file", json={}).status_code == 415


def test_an_answer_that_takes_too_long_is_a_problem(
    make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the pricing, or of waiting for one's turn; the service goes on."""
    import rental_pricing.serving.estimates as module

    client = make_client(answer_seconds=0.3, threads=1)
    go_on, price = threading.Event(), module.answer

    def slow(*given: Any) -> Any:
        go_on.wait(10)
        return price(*given)

    monkeypatch.setattr(module, "answer", slow)
    start = time.monotonic()
    first, second = (client.post("/estimates", json=GOOD) for _ in range(2))
    assert time.monotonic() - start < 5
    assert [first.status_code, second.status_code] == [504, 504]
    assert first.json()["title"] == "Gateway Timeout"
    assert client.get("/health").status_code == 200
    go_on.set()
    monkeypatch.setattr(module, "answer", price)
    assert client.post("/estimates", json=GOOD).status_code == 200


def test_a_body_that_does_not_arrive_is_a_problem() -> None:
    """Nobody holds the service by sending nothing."""

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(ProblemError, match=r"within 0\.05 seconds") as raised:
        asyncio.run(read_body(request, most=10, seconds=0.05))
    assert raised.value.status == 408
