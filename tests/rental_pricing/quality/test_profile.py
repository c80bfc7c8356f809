"""Mergeable summaries."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.quality.profile import Profile, comparable


def test_every_value_falls_in_one_bin(profile: Any, rows: Any) -> None:
    """Values below the first edge and from the last edge on have bins of their own."""
    counts = profile(of=rows(5, price=[-1.0, 0.0, 354.9, 355.0, 9e9])).numeric["price"].counts
    assert (counts[0], counts[1], counts[-2], counts[-1], sum(counts)) == (1, 1, 1, 2, 5)


def test_missing_values_are_counted_apart(profile: Any, rows: Any) -> None:
    """They are in no bin."""
    reviews = pd.array([1.0, None, None, 2.0], dtype="Float64")
    made = profile(of=rows(4, reviews_per_month=reviews))
    assert made.missing["reviews_per_month"] == 2
    assert sum(made.numeric["reviews_per_month"].counts) == 2


def test_dates_are_binned_by_days_before_the_delivery(profile: Any, rows: Any) -> None:
    """A review on the day of delivery is 0 days old."""
    dates = pd.Series(["2024-01-08", "2024-01-07", None], dtype="datetime64[ms]")
    counts = profile(of=rows(3, last_review=dates)).numeric["last_review"].counts
    assert sum(counts) == 2
    assert counts[0] == 0


def test_titles_are_binned_by_their_length(profile: Any, rows: Any) -> None:
    """Two characters a bin."""
    titles = pd.Series(["", "a", "abc", None], dtype="str")
    assert profile(of=rows(4, name=titles)).numeric["name"].counts[:4] == [0, 2, 1, 0]


@given(st.lists(st.integers(0, 2), min_size=60, max_size=60), st.permutations([0, 1, 2]))
def test_profiles_add_up_in_any_order(
    profile: Any, rows: Any, parts: list[int], order: list[int]
) -> None:
    """The profile of data sets together is the sum of their profiles, exactly."""
    whole = rows(60, seed=7)
    one, two, three = (profile(of=whole[np.array(parts) == part]) for part in order)
    assert one + two + three == profile(of=whole)
    assert three + (one + two) == profile(of=whole)


def test_categories_and_texts_give_one_profile(profile: Any, rows: Any) -> None:
    """However pandas holds them, and in whatever order it knows them."""
    texts = rows(50)
    known = ["Queens", "Mars", "Staten Island", "Manhattan", "Bronx", "Brooklyn"]
    categories = texts.assign(
        neighbourhood_group=pd.Categorical(texts["neighbourhood_group"], categories=known)
    )
    made = profile(of=categories)
    assert made == profile(of=texts)
    assert "Mars" not in made.categories["neighbourhood_group"]


def test_a_profile_is_written_with_sorted_names(profile: Any) -> None:
    """The same data give the same bytes, whichever listing stood first."""
    made = profile()
    for counts in (made.categories["room_type"], made.numeric, made.places, made.neighbourhoods):
        assert list(counts) == sorted(counts)
    assert Profile.model_validate(json.loads(json.dumps(made.model_dump()))) == made


def test_prices_are_counted_by_borough_and_room_type(profile: Any, rows: Any) -> None:
    """The cells together are the histogram of all."""
    made = profile()
    cells = [counts for rooms in made.price_by_cell.values() for counts in rooms.values()]
    assert np.sum(cells, axis=0).tolist() == made.numeric["price"].counts
    frame = rows()
    cell = frame.query("neighbourhood_group == 'Bronx' and room_type == 'Private room'")
    assert sum(made.price_by_cell["Bronx"]["Private room"]) == len(cell)


def test_places_are_summed_in_whole_millionths_of_a_degree(profile: Any, rows: Any) -> None:
    """So that the sum does not depend on the order."""
    frame = rows(3, neighbourhood_group="Bronx", latitude=[40.1, 40.2, 40.3000004])
    place = profile(of=frame).places["Bronx"]
    assert (place.rows, place.latitude) == (3, 120_600_000)


def test_titles_that_name_their_neighbourhood_are_counted(profile: Any, rows: Any) -> None:
    """In any case, anywhere in the title; another neighbourhood's name does not count."""
    frame = rows(
        4,
        neighbourhood=["Harlem", "Harlem", "Chelsea", "St. George"],
        name=pd.Series(["In HARLEM!", None, "Harlem", "a St2 George"], dtype="str"),
    )
    assert profile(of=frame).own_place_titles == 1


def test_of_very_many_neighbourhoods_the_rare_ones_are_taken_together(
    profile: Any, rows: Any
) -> None:
    """As where titles stand in their column: a profile stays small."""
    names = [f"Quarter {number % 2500}" for number in range(3000)]
    made = profile(of=rows(3000, neighbourhood=names, neighbourhood_group="Bronx"))
    counts = made.neighbourhoods["Bronx"]
    assert (len(counts), sum(counts.values())) == (2001, 3000)
    assert counts["Quarter 499"] == 2
    assert counts["(others)"] == 500


def test_products_of_bins_hold_the_number_of_rows(profile: Any) -> None:
    """The first is the sum of ones."""
    assert profile(77).bin_products[0][0] == 77


def changed(profile: Profile, **values: Any) -> Profile:
    return Profile.model_validate(profile.model_dump() | values)


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def test_profiles_of_one_market_and_bins_are_comparable(profile: Any) -> None:
    """Whatever the rows are."""
    assert comparable(profile(seed=1), profile(30, seed=2, neighbourhood_group="Bronx"))


@pytest.mark.parametrize("what", ["market", "missing", "categories", "numeric", "edges"])
def test_profiles_that_differ_in_shape_are_neither_compared_nor_added(
    profile: Any, what: str
) -> None:
    """One other market, column, category or edge is enough, though all else is equal."""
    one = profile()
    parts = one.model_dump()
    edges = [*parts["numeric"]["latitude"]["edges"][:-1], 99.0]
    other = changed(
        one,
        **{
            "market": {"market": "elsewhere"},
            "missing": {"missing": without(parts["missing"], "name")},
            "categories": {"categories": without(parts["categories"], "room_type")},
            "numeric": {
                "numeric": without(parts["numeric"], "latitude"),
                "bin_products": [row[:-1] for row in parts["bin_products"][:-1]],
            },
            "edges": {
                "numeric": parts["numeric"]
                | {"latitude": {**parts["numeric"]["latitude"], "edges": edges}}
            },
        }[what],
    )
    assert not comparable(one, other)
    with pytest.raises(ValueError, match="can't be added"):
        one + other


@pytest.mark.parametrize(
    "broken",
    [
        {"format": 1},
        {"rows": -1},
        {"bin_products": [[1]]},
        {"price_by_cell": {"Bronx": {"Private room": [1, 2]}}},
        {"numeric": {"price": {"edges": [0, 1], "counts": [1, 2]}}},
        {"surprise": 1},
    ],
)
def test_what_is_no_profile_is_refused(profile: Any, broken: dict[str, Any]) -> None:
    """Another format, counts that fit no bins, or more than a profile has."""
    with pytest.raises(ValueError, match="validation error"):
        changed(profile(), **broken)
