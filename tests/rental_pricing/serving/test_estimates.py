"""What the service answers: the prices of ``inference``, and what they stand on."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from rental_pricing.datasets.listings_to_price import ListingsToPriceDataset
from rental_pricing.datasets.table_stream import TableStreamDataset
from rental_pricing.inference.parameters import InferenceParameters
from rental_pricing.pipelines.inference.nodes import estimate_prices, find_similar_listings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.testclient import TestClient

    from rental_pricing.model.price_model import PriceModel

BOUNDS = {"price": "typical_price", "lower": "price_low", "upper": "price_high"}


@pytest.fixture(scope="module")
def csv(lake_listings: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The listings of Lake City as a file; one is elsewhere, one has an odd title."""
    listings = lake_listings.copy()
    listings["name"] = listings["name"].astype("object")
    listings.loc[3, "latitude"] = 45.0
    listings.loc[4, "name"] = '<script>alert(1)</script>; =1+1, "so"'
    file: Path = tmp_path_factory.mktemp("csv") / "listings.csv"
    listings.to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def by_the_pipeline(
    csv: Path, lake_model: PriceModel, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], bytes]:
    """What the nodes of ``inference`` write of that file, as CSV."""

    def make(what: str) -> bytes:
        listings = ListingsToPriceDataset(filepath=str(csv)).load()
        if what == "prices":
            stream = estimate_prices(listings, lake_model)
        else:
            wanted = InferenceParameters(similar=3, explain=0)
            stream = find_similar_listings(listings, lake_model, wanted)
        file = tmp_path_factory.mktemp("made") / "table.csv"
        TableStreamDataset(filepath=str(file)).save(stream)
        return file.read_bytes()

    return make


@pytest.fixture
def sent(as_json: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same listings as JSON."""
    changed = [dict(each) for each in as_json]
    changed[3]["latitude"] = 45.0
    changed[4]["name"] = '<script>alert(1)</script>; =1+1, "so"'
    return changed


def test_prices_are_those_of_the_pipeline_bit_for_bit(
    client: TestClient,
    sent: list[dict[str, Any]],
    by_the_pipeline: Callable[[str], bytes],
) -> None:
    """In one batch, and one by one."""
    expected = pd.read_csv(io.BytesIO(by_the_pipeline("prices")))
    whole = client.post("/estimates", json={"listings": sent}).json()["estimates"]
    singles = [client.post("/estimates", json=each).json()["estimates"][0] for each in sent[:20]]
    for estimates in (whole, singles):
        wanted = expected[: len(estimates)]
        assert [each["id"] for each in estimates] == wanted["id"].tolist()
        for name, column in BOUNDS.items():
            assert [_hex(each[name]) for each in estimates] == [_hex(v) for v in wanted[column]]
    notes = expected["note"].fillna("")
    told = [each["reason"] or "; ".join(each["warnings"]) for each in whole]
    assert [f"not priced: {t}" if e["reason"] else t for t, e in zip(told, whole, strict=True)] == (
        notes.tolist()
    )
    assert "outside of Lake City" in whole[3]["reason"]
    assert whole[3]["price"] is None


def test_similar_listings_are_those_of_the_pipeline(
    client: TestClient, sent: list[dict[str, Any]], by_the_pipeline: Callable[[str], bytes]
) -> None:
    """With where they are; none for what is not priced."""
    expected = pd.read_csv(io.BytesIO(by_the_pipeline("similar")))
    answer = client.post("/estimates", json={"listings": sent, "similar": 3}).json()["estimates"]
    found = [
        [each["id"], s["id"], s["price"], s["distance_km"], s["distance"]]
        for each in answer
        for s in each["similar"]
    ]
    columns = ["id", "similar_id", "similar_price", "distance_km", "distance"]
    assert found == list(map(list, expected[columns].itertuples(index=False)))
    assert answer[3]["similar"] == []
    one = answer[0]["similar"][0]
    of = next(each for each in sent if each["id"] == one["id"])
    for name in ("room_type", "latitude", "longitude", "neighbourhood_group", "neighbourhood"):
        assert one[name] == of[name]


def test_contributions_add_up_to_the_price(
    client: TestClient, as_json: list[dict[str, Any]]
) -> None:
    """From the typical listing, group by group."""
    asked = {"listings": as_json[:3], "explain": True}
    for each in client.post("/estimates", json=asked).json()["estimates"]:
        told = each["contributions"]
        assert [group["group"] for group in told["groups"]] == ["place", "home", "reviews", "host"]
        total = told["typical"] + sum(group["amount"] for group in told["groups"])
        assert total == pytest.approx(each["price"])


def test_a_file_is_answered_as_the_pipeline_writes_it(
    client: TestClient, csv: Path, by_the_pipeline: Callable[[str], bytes]
) -> None:
    """Byte for byte but for the version; packed or not."""
    wanted = by_the_pipeline("prices").replace(b",,2024-01-15", b',"price_model:v1",2024-01-15')
    for body in (csv.read_bytes(), gzip.compress(csv.read_bytes())):
        answer = client.post("/estimates/file", content=body, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.content == wanted


def test_a_large_file_is_priced_piece_by_piece(
    client: TestClient, csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows come back, whatever the size of the pieces."""
    from rental_pricing.serving import files

    whole = client.post("/estimates/file", content=csv.read_bytes()).content
    monkeypatch.setattr(files, "_BLOCK", 1000)
    assert client.post("/estimates/file", content=csv.read_bytes()).content == whole


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"id,name\n1,x\n", "columns neighbourhood_group"),
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"\x1f\x8b damaged", "gzip"),
        (b"PK\x03\x04rest", "ZIP"),
    ],
)
def test_a_file_that_can_t_be_read_is_a_problem(client: TestClient, body: bytes, told: str) -> None:
    """Before the first price is told."""
    answer = client.post("/estimates/file", content=body, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]


def test_repeated_ids_in_a_file_are_told_with_their_lines(client: TestClient, csv: Path) -> None:
    """As the pipeline tells them."""
    lines = csv.read_text().splitlines()
    body = "\n".join([*lines[:3], lines[1]]).encode()
    answer = client.post("/estimates/file", content=body)
    assert answer.status_code == 422
    assert "line 2; the file, line 4" in answer.json()["detail"]


def test_a_listing_without_id_is_answered_by_its_position(
    client: TestClient, as_json: list[dict[str, Any]]
) -> None:
    """And may be similar to any known one, itself included."""
    nameless = {name: value for name, value in as_json[0].items() if name != "id"}
    asked = {"listings": [nameless, as_json[0], nameless | {"id": None}], "similar": 1}
    answer = client.post("/estimates", json=asked).json()["estimates"]
    assert [each["id"] for each in answer] == [0, as_json[0]["id"], 2]
    assert answer[0]["similar"][0]["id"] == as_json[0]["id"]
    assert answer[1]["similar"][0]["id"] != as_json[0]["id"]


def test_an_answer_tells_its_model_and_request(
    client: TestClient, as_json: list[dict[str, Any]], lake_model: PriceModel
) -> None:
    """Also for a whole row of a drop, whose price and host are not read."""
    row = as_json[0] | {"price": 1e9, "host_id": "?", "host_name": "Someone"}
    answer = client.post("/estimates", json=row, headers={"X-Request-ID": "abc-1"})
    told = answer.json()
    assert answer.headers["X-Request-ID"] == told["request_id"] == "abc-1"
    assert told["model"]["version"] == "v1"
    assert told["model"]["identity"] == lake_model.identity
    assert told["model"]["newest_delivery"] == "2024-01-15"
    assert told["model"]["age_days"] > 600
    assert told["estimates"] == client.post("/estimates", json=as_json[0]).json()["estimates"]


def _hex(price: float | None) -> str:
    return float("nan" if price is None else price).hex()
