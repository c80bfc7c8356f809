"""Another model is in production: it answers from then on, and no request is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from serving_tools import GOOD, counted, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    from rental_pricing.model.price_model import PriceModel

    Make = Callable[..., TestClient]


def version(client: TestClient) -> str:
    """Which model answers."""
    return str(client.get("/model").json()["version"])


def test_without_a_model_it_is_alive_and_not_ready(make_client: Make, shelf: Any) -> None:
    """Until one is released."""
    shelf.prod = None
    client = make_client(ready=False)
    assert client.get("/health").json() == {"status": "alive"}
    for answer in (
        client.get("/ready"),
        client.get("/model"),
        client.get("/places"),
        client.post("/estimates", json=GOOD),
        client.post("/estimates/file", content=b"x"),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
        assert "No model is in production" in answer.json()["detail"]
    assert client.get("/metrics").status_code == 200
    shelf.prod = "v1"
    wait_for(lambda: client.get("/ready").status_code == 200)
    assert client.get("/ready").json() == {"status": "ready", "model": "v1"}


def test_what_is_in_production_answers(
    make_client: Make, shelf: Any, dearer: PriceModel, caplog: pytest.LogCaptureFixture
) -> None:
    """Forth and back."""
    client = make_client()
    before = client.post("/estimates", json=GOOD).json()
    shelf.put("v2", dearer)
    wait_for(lambda: version(client) == "v2")
    after = client.post("/estimates", json=GOOD).json()
    assert (before["model"]["version"], after["model"]["version"]) == ("v1", "v2")
    assert before["estimates"][0]["price"] < 200 <= after["estimates"][0]["price"]
    shelf.prod = "v1"
    wait_for(lambda: version(client) == "v1")
    assert client.post("/estimates", json=GOOD).json()["estimates"] == before["estimates"]
    assert counted(client, 'rental_pricing_model_reloads_total{outcome="loaded"}') == 3
    assert counted(client, "rental_pricing_model{", part=True) == 1
    assert "price_model:v2 is in use instead of price_model:v1" in caplog.text


@pytest.mark.parametrize("fails", ["loading", "pricing"])
def test_a_model_that_can_t_be_used_leaves_the_present_one(
    make_client: Make,
    shelf: Any,
    dearer: PriceModel,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fails: str,
) -> None:
    """It is counted each time, and told once."""
    client = make_client()
    bad: Any = RuntimeError("of other libraries")
    if fails == "pricing":
        bad = dearer
        monkeypatch.setattr(type(dearer.pipeline), "predict", _broken)
    shelf.put("v2", bad)
    failed = 'rental_pricing_model_reloads_total{outcome="failed"}'
    wait_for(lambda: counted(client, failed) >= 3)
    monkeypatch.undo()
    assert version(client) == "v1" or fails == "pricing"
    told = [each for each in caplog.messages if "v2 can't be used; price_model:v1 stays" in each]
    assert len(told) == 1
    assert "of other libraries" in told[0]
    shelf.put("v3", dearer)
    wait_for(lambda: version(client) == "v3")


def _broken(*_: object, **__: object) -> None:
    msg = "of other libraries"
    raise RuntimeError(msg)


def test_a_store_that_can_t_be_asked_leaves_the_present_one(
    make_client: Make, shelf: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """And is counted and told; so is that nothing is in production any more."""
    client = make_client()
    shelf.problem = ConnectionError("the server is away")
    wait_for(lambda: counted(client, "rental_pricing_store_failures_total") >= 3)
    assert client.post("/estimates", json=GOOD).status_code == 200
    told = [each for each in caplog.messages if "the server is away" in each]
    assert len(told) == 1
    last = counted(client, "rental_pricing_store_last_answer_timestamp_seconds")
    shelf.problem, shelf.prod = None, None
    asked = "rental_pricing_store_last_answer_timestamp_seconds"
    wait_for(lambda: counted(client, asked) > last)
    wait_for(lambda: "the last one stays in use" in caplog.text)
    assert version(client) == "v1"


def test_while_models_change_each_answer_is_of_one(
    make_client: Make, shelf: Any, dearer: PriceModel
) -> None:
    """Clients at once, models to and fro: every price is what its version says."""
    client = make_client()
    shelf.models["v2"] = dearer
    asked = {"listings": [GOOD] * 5, "similar": 1}
    expected = {}
    for name in ("v1", "v2"):
        shelf.prod = name
        wait_for(lambda name=name: version(client) == name)
        expected[name] = client.post("/estimates", json=asked).json()["estimates"]
    assert expected["v1"] != expected["v2"]
    done = threading.Event()

    def ask(_: int) -> set[str]:
        seen = set()
        while not done.is_set():
            answer = client.post("/estimates", json=asked)
            assert answer.status_code == 200
            told = answer.json()
            seen.add(told["model"]["version"])
            assert told["estimates"] == expected[told["model"]["version"]]
        return seen

    with ThreadPoolExecutor(4) as clients:
        asking = [clients.submit(ask, n) for n in range(4)]
        try:
            for turn in range(12):
                shelf.prod = f"v{turn % 2 + 1}"
                wait_for(lambda: version(client) == shelf.prod)
        finally:
            done.set()
    assert set.union(*(each.result() for each in asking)) == {"v1", "v2"}
