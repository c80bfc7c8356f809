"""The figure of a validation."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rental_pricing.quality.deliveries import Account, Delivery
from rental_pricing.quality.known import Known
from rental_pricing.quality.profiling import profile_rows
from rental_pricing.quality.report import make_report
from rental_pricing.reporting.validation_figure import validation_figure

ACCOUNT = Account(
    rows=9, accepted=8, rejected={"outside_city": 1}, examples={}, repeated_ids=0,
    missing_host_name=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def profile(parameters: dict[str, Any]) -> Any:
    frame = pd.DataFrame(
        {
            "id": [1, 2], "name": ["a", "b"], "host_id": [1, 2],
            "neighbourhood_group": ["Bronx", "Queens"], "neighbourhood": ["Fordham", "Astoria"],
            "latitude": [40.8, 40.7], "longitude": [-73.9, -73.9], "room_type": "Private room",
            "price": [70.0, 80.0], "minimum_nights": [1, 2], "number_of_reviews": [0, 1],
            "last_review": pd.to_datetime([None, "2024-01-01"]), "reviews_per_month": [np.nan, 1],
            "calculated_host_listings_count": [1, 1], "availability_365": [0, 9],
            "delivered_on": pd.to_datetime(["2024-01-08"] * 2),
        }
    )  # fmt: skip
    return profile_rows(frame, market="here", bins=parameters["data_validation"].bins)


def test_deliveries_and_listings_are_drawn_apart(profile: Any) -> None:
    """Rows by drop, then the distributions: of all listings, the newest drop, what it follows."""
    days = ("2024-01-01", "2024-01-08")
    deliveries = {
        day: Delivery(profile=profile, account=ACCOUNT, previous=before, known=Known())
        for day, before in zip(days, (None, days[0]), strict=True)
    }
    report = make_report([], market="here", digest="a", rows=2, drops=days, examples=5)
    figure = validation_figure(report, profile, deliveries, None)
    go.Figure(json.loads(json.dumps(figure, allow_nan=False)))
    assert named(figure) == ["all listings", "drop 2024-01-08", "drop 2024-01-01"]
    assert len(figure["layout"]["annotations"]) == 3 + len(profile.numeric)
    reference = validation_figure(report, profile, deliveries, profile)
    assert named(reference)[2] == "reference"


def named(figure: dict[str, Any]) -> list[str]:
    return [trace["name"] for trace in figure["data"] if trace["showlegend"]]


def test_bars_and_steps_are_shares(profile: Any) -> None:
    """Rows that were set aside stand after the accepted ones; missing values are in no bin."""
    delivery = Delivery(profile=profile, account=ACCOUNT, previous=None, known=Known())
    report = make_report([], market="here", digest="a", rows=2, drops=["d"], examples=5)
    figure = validation_figure(report, profile, {"2024-01-08": delivery}, None)
    traces = {(each["name"], each["xaxis"]): each for each in figure["data"]}
    assert traces["accepted", "x"]["x"] == [8]
    assert (traces["set aside", "x"]["x"], traces["set aside", "x"]["base"]) == ([1], [8])
    assert traces["all listings", "x2"]["y"] == ["Bronx", "Queens"]
    assert traces["all listings", "x2"]["x"] == [50, 50]
    place = [text["text"] for text in figure["layout"]["annotations"]].index("price, %") + 1
    prices = traces["all listings", f"x{place}"]
    assert sum(prices["y"][:-1]) == 100
    assert len(prices["x"]) == len(prices["y"]) == len(profile.numeric["price"].edges)
    reviewed = [text["text"].startswith("last_review") for text in figure["layout"]["annotations"]]
    axis = figure["layout"][f"xaxis{reviewed.index(True) + 1}"]
    assert axis["ticktext"][:3] == ["0", "1", "10"]
