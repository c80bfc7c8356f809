"""What the service tells of itself, of its model and of the market."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving_tools import GOOD, counted, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from starlette.testclient import TestClient

    from rental_pricing.model.price_model import PriceModel

    Make = Callable[..., TestClient]


def test_the_model_is_told(client: TestClient, lake_model: PriceModel) -> None:
    """Version, alias, measures, what it was trained on and from."""
    told = client.get("/model").json()
    assert (told["artifact"], told["version"], told["alias"]) == ("price_model", "v1", "prod")
    assert told["digest"] == "digest-of-v1"
    assert told["identity"] == lake_model.identity
    assert told["metrics"] == {"test_mae": 30.0}
    assert told["trained_on"]["listings"] == 240
    assert told["trained_on"]["versions"] == dict(lake_model.versions)
    assert told["lineage"]["inputs"] == {"listings": "v1"}
    assert (told["market"], told["currency"]) == ("Lake City", "USD")


def test_places_are_those_of_the_known_listings(
    client: TestClient, lake_listings: pd.DataFrame
) -> None:
    """Each area with its middle, and a point for each listing, since there are few."""
    told = client.get("/places").json()
    assert told["bounds"]["latitude"] == {"min": 40.5, "max": 40.8}
    assert told["room_types"] == ["Entire home/apt", "Private room"]
    assert [each["name"] for each in told["boroughs"]] == ["Downtown", "Uptown"]
    areas = [area for each in told["boroughs"] for area in each["neighbourhoods"]]
    assert sum(area["listings"] for area in areas) == len(lake_listings) == len(told["points"])
    quarter = next(area for area in areas if area["name"] == "Quarter 0")
    there = lake_listings[lake_listings["neighbourhood"] == "Quarter 0"]
    assert quarter["latitude"] == pytest.approx(there["latitude"].median(), abs=1e-4)
    first = lake_listings.iloc[0]
    assert told["points"][0] == pytest.approx([first["longitude"], first["latitude"]], abs=1e-4)


def test_points_are_few_enough_to_draw(
    lake_model: PriceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more listings, some: the same each time."""
    from rental_pricing.serving import places

    monkeypatch.setattr(places, "MOST_POINTS", 50)
    points = places.places_of(lake_model)["points"]
    assert len(points) == 50
    assert points == places.places_of(lake_model)["points"]


def test_places_are_kept_by_clients_until_the_model_changes(
    make_client: Make, shelf: Any, dearer: PriceModel
) -> None:
    """By their tag."""
    client = make_client()
    tag = client.get("/places").headers["ETag"]
    again = client.get("/places", headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    shelf.put("v2", dearer)
    wait_for(lambda: client.get("/model").json()["version"] == "v2")
    assert client.get("/places", headers={"If-None-Match": tag}).status_code == 200


def test_what_is_counted_can_be_read_by_prometheus(client: TestClient) -> None:
    """Requests by route and status, listings by what became of them, the model's age."""
    asked = [GOOD, GOOD | {"latitude": 10}, GOOD | {"room_type": "Castle"}, GOOD]
    assert client.post("/estimates", json={"listings": asked}).status_code == 200
    client.post("/estimates", json={})
    client.get("/nowhere")
    client.get("/page/none.js")
    text = client.get("/metrics").text
    assert {family.name for family in text_string_to_metric_families(text)} >= {
        "rental_pricing_requests",
        "rental_pricing_request_seconds",
        "rental_pricing_model_age_days",
    }
    requests = 'rental_pricing_requests_total{method="%s",route="%s",status="%d"}'
    assert counted(client, requests % ("POST", "/estimates", 200)) == 1
    assert counted(client, requests % ("POST", "/estimates", 422)) == 1
    assert counted(client, requests % ("GET", "(none)", 404)) == 1
    assert client.request("NONE-SUCH", "/places").status_code == 405
    assert counted(client, requests % ("(none)", "/places", 405)) == 1
    assert counted(client, requests % ("GET", "/page/{name:path}", 404)) == 1
    assert counted(client, "rental_pricing_priced_listings_total") == 2
    unpriced = 'rental_pricing_unpriced_listings_total{reason="%s"}'
    assert counted(client, unpriced % "outside") == 1
    assert counted(client, unpriced % "unknown") == 1
    assert counted(client, "rental_pricing_model_age_days") > 600
    timed = 'rental_pricing_request_seconds_count{route="/estimates"}'
    assert counted(client, timed) == 2


@pytest.mark.parametrize(
    ("given", "taken"),
    [("abc-123", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("<x>", False)],
)
def test_each_answer_has_an_id(client: TestClient, given: str, *, taken: bool) -> None:
    """The client's own, if it is sane; problems too."""
    for path in ("/health", "/nowhere"):
        answer = client.get(path, headers={"X-Request-ID": given})
        found = answer.headers["X-Request-ID"]
        assert (found == given) is taken
        assert taken or re.fullmatch("[0-9a-f]{32}", found)
    assert answer.json()["request_id"] == found


@pytest.mark.parametrize(
    "path", ["/nowhere", "/estimates/", "/page/../app.py", "/page/%00", "/%0d%0aX: y"]
)
def test_what_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    """Also outside of the page's folder."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"


def test_another_method_is_a_problem(client: TestClient) -> None:
    """With those that there are."""
    answer = client.get("/estimates")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.json()["status"] == 405


def test_a_failure_tells_clients_nothing_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the trace, with the request's id."""
    import rental_pricing.serving.estimates as module

    def broken(*_: object) -> None:
        msg = "a secret"
        raise KeyError(msg)

    monkeypatch.setattr(module, "answer", broken)
    answer = client.post("/estimates", json=GOOD, headers={"X-Request-ID": "abc"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["request_id"] == "abc"
    assert "abc failed." in caplog.text
    assert "a secret" in caplog.text


def test_the_page_is_served_from_its_folder(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a policy that lets nothing in from elsewhere; without it there is a problem."""
    from rental_pricing.serving import static

    monkeypatch.setattr(static, "PAGE", tmp_path / "page")
    assert client.get("/").status_code == 404
    (tmp_path / "page/fonts").mkdir(parents=True)
    (tmp_path / "page/index.html").write_text("<!doctype html><title>x</title>")
    (tmp_path / "page/fonts/a.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "page/link.txt").symlink_to(tmp_path / "secret.txt")
    answers = [client.get("/"), client.get("/page/fonts/a.woff2")]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answers[0].headers["content-type"].startswith("text/html")
    for path in ("/page/../secret.txt", "/page/%2e%2e/secret.txt", "/page/link.txt", "/page/"):
        assert client.get(path).status_code == 404
