"""Figures of the model, as data: what is drawn, whatever the estimates are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rental_pricing.reporting.figures import MOST_POINTS
from rental_pricing.reporting.model_figures import (
    importance_bars,
    predicted_against_actual,
    residual_map,
    segment_errors,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DRAW = np.random.default_rng(1)
ESTIMATES = pd.DataFrame(
    {
        "price": DRAW.uniform(20, 300, 200).round(),
        "typical_price": DRAW.uniform(20, 300, 200),
        "longitude": DRAW.uniform(-74.1, -73.8, 200),
        "latitude": DRAW.uniform(40.6, 40.8, 200),
    }
)
ODD = {
    "as ever": ESTIMATES,
    "one price for all": ESTIMATES.assign(price=100.0),
    "one estimate for all": ESTIMATES.assign(typical_price=100.0),
    "both": ESTIMATES.assign(price=100.0, typical_price=100.0),
    "one listing": ESTIMATES.head(1),
    "some not priced": ESTIMATES.assign(
        typical_price=ESTIMATES["price"].where(ESTIMATES.index > 9)
    ),
    "nothing priced": ESTIMATES.assign(typical_price=float("nan")),
    "one place": ESTIMATES.assign(longitude=-74.0, latitude=40.7),
    "no listings": ESTIMATES.head(0),
}


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in figure["data"] if each["name"] == name]
    return dict(found)


def headings(figure: dict[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"]]


@pytest.mark.parametrize("draw", [predicted_against_actual, residual_map])
@pytest.mark.parametrize("estimates", ODD.values(), ids=ODD)
def test_odd_estimates_can_be_drawn(
    draw: Callable[..., dict[str, Any]], estimates: pd.DataFrame
) -> None:
    """Constant prices, tiny data and missing estimates: Plotly knows every key and value."""
    drawn = draw(estimates, "USD per night")
    go.Figure(json.loads(json.dumps(drawn, allow_nan=False)))
    assert draw(estimates, "USD per night") == drawn


def test_the_titles_count_what_is_drawn() -> None:
    """Listings without an estimate are neither drawn nor counted; errors are told."""
    off = ESTIMATES.assign(typical_price=ESTIMATES["price"] + 7).astype({"price": "float64"})
    off.loc[:49, "typical_price"] = float("nan")
    figure = predicted_against_actual(off, "USD")
    over, errors = headings(figure)
    assert over.startswith("150 test listings")
    assert errors == "Error: median +7, mean +7.0 USD"
    assert len(trace(figure, "listing")["x"]) == 150
    assert sum(trace(figure, "listings")["y"]) == 150


def test_of_very_many_listings_some_are_drawn_and_all_are_counted() -> None:
    """The same ones every time, from the cheapest to the dearest."""
    many = pd.concat([ESTIMATES] * 30).assign(typical_price=lambda rows: rows["price"] + 1)
    figure = predicted_against_actual(many, "USD")
    cloud = trace(figure, "listing")
    assert len(cloud["x"]) == MOST_POINTS
    assert (cloud["x"][0], cloud["x"][-1]) == (many["price"].min(), many["price"].max())
    assert headings(figure)[0].startswith("6,000 test listings")
    assert sum(trace(figure, "listings")["y"]) == 6000
    assert sum(len(each["x"]) for each in figure["data"]) < 5000
    assert figure == predicted_against_actual(many, "USD")


def test_the_lines_are_quantiles_of_groups_of_like_prices() -> None:
    """The middle line of estimates that are twice the price lies there."""
    twice = ESTIMATES.assign(typical_price=2 * ESTIMATES["price"])
    middle = trace(predicted_against_actual(twice, "USD"), "median")
    assert middle["y"] == pytest.approx(2 * np.array(middle["x"]))
    assert len(middle["x"]) == 25


def test_the_map_has_the_median_error_of_each_cell() -> None:
    """Two places: one too high, one too low; how many listings are behind each is told."""
    two = pd.DataFrame(
        {
            "longitude": [-74.0, -74.0, -74.0, -73.8], "latitude": [40.6, 40.6, 40.6, 40.8],
            "price": [100.0, 100, 100, 100], "typical_price": [110.0, 120, 190, 70],
        }
    )  # fmt: skip
    cells = trace(residual_map(two, "USD"), "place")
    assert cells["marker"]["color"] == [20.0, -30.0]
    assert cells["customdata"] == [3, 1]
    assert cells["x"] == pytest.approx([-74.0, -73.8], abs=0.01)
    assert cells["y"] == pytest.approx([40.6, 40.8], abs=0.01)


def test_the_most_important_group_is_drawn_on_top() -> None:
    """Bars stand in the order of the table, from above; Plotly draws from below."""
    table = pd.DataFrame(
        {"group": ["place", "title"], "columns": ["latitude", "name"], "mae_increase": [9.0, 2.0],
         "std": [0.5, 0.1]}
    )  # fmt: skip
    bars = trace(importance_bars(table, "USD"), "increase")
    assert bars["y"] == ["title", "place"]
    assert (bars["x"], bars["error_x"]["array"]) == ([2.0, 9.0], [0.1, 0.5])


def test_segments_are_those_of_the_test_beside_the_baseline() -> None:
    """A name that is markup is shown as it is written."""
    table = pd.DataFrame(
        {"part": ["test", "test", "validation"], "segment": "borough", "rows": [9, 8, 7],
         "value": ["Bronx", "<b>Queens</b>", "Bronx"], "mae": [20.0, 30, 1],
         "baseline_mae": [25.0, 35, 1], "interval_coverage": [0.8, float("nan"), 1]}
    )  # fmt: skip
    figure = segment_errors(table, "USD")
    go.Figure(figure)
    model = trace(figure, "MAE of the model")
    assert model["y"] == ["&lt;b&gt;Queens&lt;/b&gt;", "Bronx"]
    assert model["x"] == [30.0, 20.0]
    assert trace(figure, "inside")["x"] == [None, 80.0]
