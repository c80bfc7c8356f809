"""``kedro serve`` as people start and end it."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project
from served import Market
from serving_tools import GOOD, plain_listing, wait_for
from weekly_market import SMALL_MARKET, tracking

from rental_pricing.cli import cli, serve

sys.path.insert(0, str(Path(__file__).parents[2]))

from wandb_server.fixtures import wandb_environment, wandb_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wandb_server.server import WandbServer

    from rental_pricing.model.price_model import PriceModel

__all__ = ["wandb_environment", "wandb_server"]


@pytest.fixture
def market(new_project: Callable[[Path], Any], tmp_path: Path) -> Market:
    """A project without any model, whose service asks the store all the time."""
    project = new_project(tmp_path / "project")
    given = "serving: {poll_seconds: 0.2}\n"
    (project.path / "conf/local/parameters.yml").write_text(given, encoding="utf-8")
    return Market(project.path)


@pytest.fixture
def offline() -> Iterator[None]:
    """Track in the local store."""
    with tracking(WANDB_MODE="offline"):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_it_follows_production_and_ends_when_all_is_answered(
    market: Market, lake_model: PriceModel, dearer: PriceModel
) -> None:
    """From the first model to the next, to SIGTERM while a file is still arriving."""
    with market.serve(ready=False) as served:
        assert served.get("/ready").status_code == 503
        market.release(lake_model)
        wait_for(lambda: served.get("/ready").status_code == 200)
        first = served.post("/estimates", json=GOOD).json()
        assert first["model"]["version"] == "v0"
        expected = lake_model.estimate(_row()).iloc[0]
        assert first["estimates"][0]["price"].hex() == expected["typical_price"].hex()
        market.release(dearer)
        wait_for(lambda: served.get("/model").json()["version"] == "v1")
        assert served.post("/estimates", json=GOOD).json()["estimates"][0]["price"] >= 200
        told = served.get("/model").json()
        assert told["lineage"]["inputs"] == {}
        assert told["metrics"] is None

        arriving = _begin_file(served.address)
        served.process.send_signal(signal.SIGTERM)
        wait_for(lambda: _refuses(served.address))
        answer = _send_rest(arriving)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"\n7,200," in answer
        assert served.process.wait(60) == 0
        assert "Ended." in served.said()
        assert "Traceback" not in served.said()


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_ctrl_c_ends_it_and_the_key_is_wanted(
    market: Market,
    lake_model: PriceModel,
    dearer: PriceModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a challenger, under a path of a proxy."""
    monkeypatch.setenv("RENTAL_PRICING_API_KEY", "sesame")
    market.release(lake_model)
    market.release(dearer)
    with market.serve("--shadow", "price_model:v0", "--root-path", "/prices") as served:
        assert served.post("/estimates", json=GOOD).status_code == 401
        told = served.post("/estimates", json=GOOD, headers={"X-API-Key": "sesame"})
        assert told.json()["model"]["version"] == "v1"
        assert served.get("/openapi.json").json()["servers"] == [{"url": "/prices"}]
        wait_for(lambda: "price_model:v0 instead of price_model:v1: 1 listings" in served.said())
        assert "sesame" not in served.said()
        status, seconds = served.end(signal.SIGINT)
        assert (status, seconds < 20) == (0, True)


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_a_trained_model_prices_as_the_pipeline_does(synthetic_project: Any) -> None:
    """Bit for bit, the whole stock; and tells its measures and what it was made from."""
    given = {**SMALL_MARKET, "inference": {"explain": 0}}
    (synthetic_project.path / "conf/local/parameters.yml").write_text(yaml.safe_dump(given))
    synthetic_project.run()
    synthetic_project.run(("inference",))
    listings = synthetic_project.load("listings").whole()
    expected = synthetic_project.load("price_estimates")
    asked = [plain_listing(row) for row in listings.to_dict(orient="records")]
    with Market(synthetic_project.path).serve() as served:
        estimates = [
            each
            for start in range(0, len(asked), 2000)
            for each in served.post(
                "/estimates", json={"listings": asked[start : start + 2000]}
            ).json()["estimates"]
        ]
        told = served.get("/model").json()
    assert [each["id"] for each in estimates] == expected["id"].tolist()
    for name, column in (
        ("price", "typical_price"),
        ("lower", "price_low"),
        ("upper", "price_high"),
    ):
        prices = [float("nan" if each[name] is None else each[name]).hex() for each in estimates]
        assert prices == [value.hex() for value in expected[column]]
    metrics = synthetic_project.load("model_metrics")
    assert told["identity"] == metrics.pop("model") == expected["model"][0]
    assert told["metrics"] == metrics
    assert told["lineage"]["inputs"]["train_listings"] == "train_listings:v0"


@pytest.mark.slow
def test_it_follows_production_on_a_server_of_wandb(
    market: Market, wandb_server: WandbServer, lake_model: PriceModel, dearer: PriceModel
) -> None:
    """And goes on with what it has when the server is away."""
    market.release(lake_model)
    with market.serve() as served:
        assert served.get("/model").json()["version"] == "v0"
        market.release(dearer)
        wait_for(lambda: served.get("/model").json()["version"] == "v1", 60)
        assert served.post("/estimates", json=GOOD).json()["estimates"][0]["price"] >= 200
        wandb_server.stop()
        wait_for(lambda: "The store can't be asked" in served.said(), 60)
        assert served.get("/ready").status_code == 200
        assert served.post("/estimates", json=GOOD).status_code == 200
        status, seconds = served.end(signal.SIGTERM)
        assert (status, seconds < 20) == (0, True)


def test_an_address_that_is_taken_is_told(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded, with what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = _serve(market, monkeypatch, "--port", str(port))
    assert code == 1
    assert f"Nothing can listen on 127.0.0.1:{port}" in said
    assert "--port" in said


@pytest.mark.parametrize("name", ["price_model:v7", "price_model", "other:v1"])
@pytest.mark.usefixtures("offline")
def test_a_challenger_that_is_not_there_is_told(
    market: Market, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The service does not start without what was asked for."""
    code, said = _serve(market, monkeypatch, "--port", "0", "--shadow", name)
    assert code == 1
    assert name.split(":", maxsplit=1)[0] in said


def test_without_the_extra_it_says_what_to_install(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, no traceback."""
    for name in [each for each in sys.modules if each.startswith("rental_pricing.serving.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, said = _serve(market, monkeypatch)
    assert code == 1
    assert "uvicorn is missing: pip install 'rental-pricing[serve]'" in said
    assert "Traceback" not in said


def test_it_is_one_of_the_project_s_commands() -> None:
    """Beside ``run``; on this machine alone unless told otherwise."""
    assert cli.commands["serve"] is serve
    said = CliRunner().invoke(serve, ["--help"]).output
    assert "127.0.0.1" in said
    assert "RENTAL_PRICING_API_KEY" in said


def _serve(market: Market, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    metadata = bootstrap_project(market.path)
    monkeypatch.chdir(market.path)
    done = CliRunner().invoke(serve, arguments, obj=metadata)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def _row() -> Any:
    import pandas as pd

    from rental_pricing.listings.columns import MODEL_COLUMNS

    return pd.DataFrame([dict.fromkeys(MODEL_COLUMNS) | GOOD])


_FILE = (
    b"id,name,neighbourhood_group,neighbourhood,latitude,longitude,room_type,minimum_nights,"
    b"number_of_reviews,last_review,reviews_per_month,calculated_host_listings_count,"
    b"availability_365\n7,Flat,Uptown,Quarter 2,40.58,-73.96,Entire home/apt,3,0,,,1,120\n"
)


def _begin_file(address: str) -> socket.socket:
    """Send the first half of a file."""
    to = urlsplit(address)
    connection = socket.create_connection((to.hostname or "", to.port or 0), timeout=30)
    head = f"POST /estimates/file HTTP/1.1\r\nHost: x\r\nContent-Length: {len(_FILE)}\r\n\r\n"
    connection.sendall(head.encode() + _FILE[:100])
    return connection


def _send_rest(connection: socket.socket) -> bytes:
    """Send the other half, and return the answer."""
    with connection:
        connection.sendall(_FILE[100:])
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def _refuses(address: str) -> bool:
    to = urlsplit(address)
    try:
        socket.create_connection((to.hostname or "", to.port or 0), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
