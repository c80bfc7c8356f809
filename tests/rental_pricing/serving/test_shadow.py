"""A challenger is asked aside: counted and logged, never answered, never waited for."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from serving_tools import GOOD, counted, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    from rental_pricing.model.price_model import PriceModel

    Make = Callable[..., TestClient]

LISTINGS = 'rental_pricing_shadow_listings_total{priced_by="%s",version="v2"}'
DIFFERENCES = 'rental_pricing_shadow_difference_bucket{le="%s",version="v2"}'


@pytest.fixture
def challenged(shelf: Any, dearer: PriceModel) -> Any:
    """A store with a challenger that asks at least 200."""
    shelf.models["v2"] = dearer
    return shelf


def test_the_challenger_is_compared(
    make_client: Make, challenged: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Answers are those of production."""
    del challenged
    client = make_client(shadow="v2")
    outside = GOOD | {"latitude": 10}
    answer = client.post(
        "/estimates", json={"listings": [GOOD, outside]}, headers={"X-Request-ID": "abc"}
    )
    price = answer.json()["estimates"][0]["price"]
    assert answer.json()["model"]["version"] == "v1"
    wait_for(lambda: counted(client, LISTINGS % "neither") == 1)
    assert counted(client, LISTINGS % "both") == 1
    share = 200 / price - 1
    for limit in (-0.5, 0.0, 0.01, 0.05, 0.2, 0.5):
        assert counted(client, DIFFERENCES % limit) == (share <= limit)
    wait_for(lambda: "shadow abc" in caplog.text)
    assert "shadow abc price_model:v2 instead of price_model:v1: 2 listings, 1 priced" in (
        caplog.text
    )
    assert f"{share:+.2%} in the middle" in caplog.text


def test_nobody_waits_for_it(
    make_client: Make, challenged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it falls behind, requests are left out, and counted."""
    from rental_pricing.serving.shadow import Shadow

    del challenged
    go_on, compare = threading.Event(), Shadow._compare
    monkeypatch.setattr(Shadow, "_compare", lambda *a: (go_on.wait(10), compare(*a)))
    client = make_client(shadow="v2", shadow_queue=1)
    for _ in range(5):
        assert client.post("/estimates", json=GOOD).status_code == 200
    left_out = 'rental_pricing_shadow_lost_requests_total{why="left_out"}'
    assert counted(client, left_out) >= 3
    go_on.set()
    wait_for(lambda: counted(client, LISTINGS % "both") + counted(client, left_out) == 5)


def test_a_challenger_that_hangs_with_a_full_queue_does_not_keep_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends after a bounded wait; there is no room to tell the thread that it should end."""
    from rental_pricing.serving import shadow

    go_on, hanging = threading.Event(), threading.Event()
    monkeypatch.setattr(shadow, "_PATIENCE", 0.2)
    monkeypatch.setattr(shadow.Shadow, "_compare", lambda *_: (hanging.set(), go_on.wait(30)))
    answered: Any = SimpleNamespace(request_id="abc")
    none: Any = SimpleNamespace()
    challenger = shadow.Shadow(none, none, 1)
    challenger.offer(answered)
    assert hanging.wait(10)
    challenger.offer(answered)  # the queue is full now
    closing = threading.Thread(target=challenger.close, daemon=True)
    closing.start()
    closing.join(10)
    is_stuck = closing.is_alive()
    go_on.set()
    closing.join(10)
    challenger.close()  # there is room now
    assert not is_stuck


def test_its_failures_reach_nobody(
    make_client: Make, challenged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are counted; the next request is compared again."""
    from rental_pricing.serving.shadow import Shadow

    del challenged
    client = make_client(shadow="v2")
    compare, fail = Shadow._compare, [True]

    def once(self: Any, answered: Any) -> None:
        if fail.pop() if fail else False:
            msg = "of other libraries"
            raise RuntimeError(msg)
        compare(self, answered)

    monkeypatch.setattr(Shadow, "_compare", once)
    assert client.post("/estimates", json=GOOD).status_code == 200
    failed = 'rental_pricing_shadow_lost_requests_total{why="failed"}'
    wait_for(lambda: counted(client, failed) == 1)
    assert client.post("/estimates", json=GOOD).status_code == 200
    wait_for(lambda: counted(client, LISTINGS % "both") == 1)
