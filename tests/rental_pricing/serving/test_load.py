"""Fifty clients for a minute, while what is in production moves to and fro."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from served import Market, Served
from serving_tools import GOOD, wait_for
from weekly_market import tracking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rental_pricing.model.price_model import PriceModel

pytestmark = pytest.mark.slow

CLIENTS, SECONDS = 50, 60
ASKED = {
    "one": GOOD,
    "many": {"listings": [GOOD | {"latitude": 40.55 + n / 1000} for n in range(20)], "similar": 2},
    "explained": {"listings": [GOOD], "explain": True},
}


@pytest.fixture
def market(
    new_project: Callable[[Path], Any],
    tmp_path: Path,
    lake_model: PriceModel,
    dearer: PriceModel,
) -> Iterator[Market]:
    """A project with two models, tracked in the local store."""
    project = new_project(tmp_path / "project")
    patient = "serving: {poll_seconds: 0.2, answer_seconds: 60.0}\n"
    (project.path / "conf/local/parameters.yml").write_text(patient, encoding="utf-8")
    with tracking(WANDB_MODE="offline"):
        made = Market(project.path)
        made.release(dearer)
        made.release(lake_model)
        yield made


def test_no_request_is_lost_and_no_answer_is_of_two_models(market: Market) -> None:
    """Each answer is, as a whole, what its model answers alone."""
    with market.serve() as served:
        expected = {}
        with market.production() as move:
            for version in ("v0", "v1"):
                move(version)
                wait_for(lambda v=version: served.get("/model").json()["version"] == v, 60)
                expected[version] = {
                    name: served.post("/estimates", json=asked).json()["estimates"]
                    for name, asked in ASKED.items()
                }
            assert expected["v0"]["one"] != expected["v1"]["one"]
            with ThreadPoolExecutor(1) as clients:
                asked = clients.submit(_ask_for, served, expected)
                turn = 0
                while not asked.done():
                    move(f"v{turn % 2}")
                    turn += 1
                    time.sleep(1)
            seen, count = asked.result()
        loaded = served.get("/metrics").text.split('model_reloads_total{outcome="loaded"} ')[1]
        assert seen == {"v0", "v1"}
        assert count > CLIENTS
        assert float(loaded.split()[0]) > 4
        assert "Traceback" not in served.said()


def _ask_for(served: Served, expected: dict[str, Any]) -> tuple[set[str], int]:
    """Let all clients ask for a while; return which models answered, and how often."""
    return asyncio.run(_ask_until(time.monotonic() + SECONDS, served, expected))


async def _ask_until(end: float, served: Served, expected: dict[str, Any]) -> tuple[set[str], int]:
    seen, count = set(), 0

    async def ask(client: httpx.AsyncClient, first: int) -> None:
        nonlocal count
        number, names = first, list(ASKED)
        while time.monotonic() < end:
            name = names[number % len(names)]
            number += 1
            answer = await client.post("/estimates", json=ASKED[name])
            assert answer.status_code == 200, answer.text
            told = answer.json()
            version = told["model"]["version"]
            assert told["estimates"] == expected[version][name]
            seen.add(version)
            count += 1

    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=served.address, timeout=90))
            for _ in range(CLIENTS)
        ]
        async with asyncio.TaskGroup() as group:
            for first, client in enumerate(clients):
                group.create_task(ask(client, first))
    return seen, count
