"""The reference flow does what its description says, step by step."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reference_flow.check import BOROUGHS, COLUMNS, check
from reference_flow.clean import clean
from reference_flow.split import split


@pytest.fixture
def listings() -> pd.DataFrame:
    """Return a thousand listings, as many in each borough."""
    number = np.arange(1000)
    columns = dict.fromkeys(COLUMNS, number) | {
        "neighbourhood_group": np.array(sorted(BOROUGHS))[number % 5],
        "latitude": 40.7,
        "longitude": -73.9,
        "price": 100,
        "last_review": "2019-07-01",
    }
    return pd.DataFrame(columns)[list(COLUMNS)]


@pytest.mark.parametrize(
    ("column", "inside", "outside"),
    [
        ("price", 10, 9),
        ("price", 350, 351),
        ("longitude", -74.25, -74.26),
        ("longitude", -73.50, -73.49),
        ("latitude", 40.5, 40.49),
        ("latitude", 41.2, 41.21),
    ],
)
def test_cleaning_keeps_what_is_inside_the_bounds(
    listings: pd.DataFrame, column: str, inside: float, outside: float
) -> None:
    values = listings[column].astype("float64").to_numpy(copy=True)
    values[:2] = inside, outside
    kept = clean(listings.assign(**{column: values}))
    assert (0 in kept.index, 1 in kept.index) == (True, False)
    assert str(kept["last_review"].dtype).startswith("datetime64")


def test_sound_listings_break_no_rule(listings: pd.DataFrame) -> None:
    assert check(listings, listings, 999) == []


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [("price", 351, "prices"), ("latitude", 42.0, "latitudes"), ("longitude", 0.0, "longitudes")],
)
def test_each_rule_tells_its_name(
    listings: pd.DataFrame, column: str, value: float, rule: str
) -> None:
    assert check(listings.assign(**{column: value}), listings, 999) == [rule]


def test_rows_are_counted(listings: pd.DataFrame) -> None:
    assert check(listings, listings, 1000) == ["rows"]


def test_another_order_of_columns_is_another_file(listings: pd.DataFrame) -> None:
    assert check(listings[list(COLUMNS)[::-1]], listings, 999) == ["columns"]


@pytest.mark.parametrize(("moved", "broken"), [(100, []), (195, ["shares of boroughs"])])
def test_shares_of_boroughs_may_move_a_little(
    listings: pd.DataFrame, moved: int, broken: list[str]
) -> None:
    boroughs = listings["neighbourhood_group"].to_numpy(copy=True)
    boroughs[np.flatnonzero(boroughs == "Bronx")[:moved]] = "Queens"
    assert check(listings.assign(neighbourhood_group=boroughs), listings, 999) == broken


def test_a_borough_that_is_missing_is_told(listings: pd.DataFrame) -> None:
    without = listings[listings["neighbourhood_group"] != "Bronx"]
    assert "boroughs" in check(without, listings, 1)


def test_a_fifth_is_kept_apart_with_the_same_shares_of_boroughs(listings: pd.DataFrame) -> None:
    rest, fifth = split(listings)
    assert (len(rest), len(fifth)) == (800, 200)
    assert set(fifth["neighbourhood_group"].value_counts()) == {40}
    assert not set(rest.index) & set(fifth.index)
