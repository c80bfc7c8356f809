"""Choosing one row for each listing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rental_pricing.listings.columns import LISTING_DTYPES
from rental_pricing.listings.selection import KEPT, REJECTED, SUPERSEDED, choose_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

TEMPLATE = {
    "id": 1, "name": "Sunny room", "host_id": 5, "neighbourhood_group": "Queens",
    "neighbourhood": "Sunnyside", "latitude": 40.74, "longitude": -73.92,
    "room_type": "Private room", "price": 74.0, "minimum_nights": 2, "number_of_reviews": 6,
    "last_review": "2023-05-26", "reviews_per_month": 0.13, "calculated_host_listings_count": 1,
    "availability_365": 5, "delivered_on": "2024-01-01", "reason": None,
}  # fmt: skip
DTYPES = {name: "Int64" if name == "id" else "str" if dtype == "category" else dtype
          for name, dtype in LISTING_DTYPES.items()}  # fmt: skip
OUTCOMES = {KEPT: "kept", SUPERSEDED: "superseded", REJECTED: "rejected"}
SILENT = ("malformed_value", "missing_value", "impossible_value")
SPEAKING = ("unknown_value", "outside_city", "price_out_of_range")

Row = dict[str, Any]


def row(reason: str | None = None, **values: Any) -> Row:
    return TEMPLATE | {"reason": reason} | values


def load(rows: list[Row], columns: Sequence[str] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(rows).astype(DTYPES | {"reason": "str"})
    return frame if columns is None else frame[list(columns)]


def fates(**drops: list[Row]) -> dict[str, list[str]]:
    found = choose_rows({day: partial(load, rows) for day, rows in drops.items()})
    return {day: [OUTCOMES[fate] for fate in found[day]] for day in sorted(found)}


def test_the_newest_drop_decides() -> None:
    """Whatever the order in which drops are given."""
    expected = {"a": ["superseded", "kept"], "b": ["kept"]}
    assert fates(a=[row(), row(id=2)], b=[row()]) == expected
    assert fates(b=[row()], a=[row(), row(id=2)]) == expected


@pytest.mark.parametrize("reason", SPEAKING)
def test_a_newest_row_out_of_the_market_sets_its_listing_aside(reason: str) -> None:
    """Older rows say what it was, not what it is."""
    assert fates(a=[row()], b=[row(reason)]) == {"a": ["superseded"], "b": ["rejected"]}


@pytest.mark.parametrize("reason", SILENT)
def test_a_newest_row_that_says_nothing_leaves_the_older_one(reason: str) -> None:
    """Its older row is still a listing, and it is rejected itself."""
    assert fates(a=[row()], b=[row(reason)]) == {"a": ["kept"], "b": ["rejected"]}


@pytest.mark.parametrize("reason", [*SPEAKING, *SILENT])
@pytest.mark.parametrize("later", [None, *SPEAKING, *SILENT])
def test_a_rejected_row_whose_id_came_again_is_superseded(reason: str, later: str | None) -> None:
    """Whatever the later row is, so that rejected rows don't pile up from week to week."""
    last = "kept" if later is None else "rejected"
    assert fates(a=[row(reason)], b=[row(later)]) == {"a": ["superseded"], "b": [last]}


def test_a_row_without_an_id_is_rejected_for_itself() -> None:
    """It can't come again."""
    nameless = row("missing_value", id=None)
    assert fates(a=[nameless], b=[nameless, row()]) == {
        "a": ["rejected"],
        "b": ["rejected", "kept"],
    }


def test_a_silent_row_beside_another_of_its_id_and_drop_is_rejected() -> None:
    """Only a later drop supersedes it."""
    assert fates(a=[row("malformed_value"), row()]) == {"a": ["rejected", "kept"]}


def test_within_a_drop_most_reviews_decide() -> None:
    """The later state of a listing has more of them; a missing number is the least."""
    rows = [row(number_of_reviews=9), row(number_of_reviews=10), row(number_of_reviews=None)]
    assert fates(a=rows) == {"a": ["superseded", "kept", "superseded"]}


def test_within_a_drop_a_row_out_of_the_market_may_decide() -> None:
    """It competes with the others: the listing is set aside."""
    rows = [row(), row("outside_city", number_of_reviews=7)]
    assert fates(a=rows) == {"a": ["superseded", "rejected"]}


TIES = [
    ("name", "a", "b"), ("host_id", 1, 2), ("neighbourhood_group", "a", "b"),
    ("neighbourhood", "a", "b"), ("latitude", 40.1, 40.2), ("longitude", -74.0, -73.9),
    ("room_type", "a", "b"), ("price", 9.0, 10.0), ("minimum_nights", 9, 10),
    ("last_review", "2023-01-01", "2023-01-02"), ("reviews_per_month", 0.1, 0.2),
    ("calculated_host_listings_count", 9, 10), ("availability_365", 9, 10),
]  # fmt: skip


@pytest.mark.parametrize(("column", "lower", "upper"), TIES)
def test_equal_reviews_are_decided_by_each_other_value(column: str, lower: Any, upper: Any) -> None:
    """The higher one wins, a missing one loses, and the order of rows does not matter."""
    for losing, winning in ((lower, upper), (None, lower)):
        rows = [row(**{column: losing}), row(**{column: winning})]
        assert fates(a=rows) == {"a": ["superseded", "kept"]}
        assert fates(a=rows[::-1]) == {"a": ["kept", "superseded"]}


def test_only_the_newest_drops_ties_are_looked_at() -> None:
    """Twins of an older drop are superseded both."""
    twins = [row(price=1.0), row(price=2.0)]
    assert fates(a=twins, b=[row()]) == {"a": ["superseded"] * 2, "b": ["kept"]}
    assert fates(a=[row(id=3), *twins], b=[row(id=2), row(id=4)]) == {
        "a": ["kept", "superseded", "kept"],
        "b": ["kept", "kept"],
    }


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from([1, 2, None]),
            st.sampled_from([None, None, "outside_city", "malformed_value"]),
            st.sampled_from([0, 1, None]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_what_is_kept_does_not_depend_on_the_order_of_rows(
    told: list[tuple[str, int | None, str | None, int | None]], random: Any
) -> None:
    """At most one row an id is kept, and it has the same values in any order."""

    def kept(rows: list[tuple[str, int | None, str | None, int | None]]) -> list[Row]:
        drops: dict[str, list[Row]] = {}
        for day, number, reason, reviews in rows:
            usable = "missing_value" if number is None else reason
            values = {"id": number, "number_of_reviews": reviews}
            values |= {"latitude": 0.0} if reason == "outside_city" else {}
            drops.setdefault(day, []).append(row(usable, **values, name=f"Room of drop {day}"))
        found = fates(**drops)
        return sorted(
            (each for day, rows in drops.items()
             for each, fate in zip(rows, found[day], strict=True) if fate == "kept"),
            key=lambda each: each["id"],
        )  # fmt: skip

    first = kept(told)
    assert len({each["id"] for each in first}) == len(first)
    random.shuffle(told)
    assert kept(told) == first


def test_every_row_has_one_fate() -> None:
    """In the order of the file, as small numbers."""
    found = choose_rows({"a": partial(load, [row(), row(id=2)]), "b": partial(load, [row()])})
    assert {day: (len(each), each.dtype) for day, each in found.items()} == {
        "a": (2, np.dtype("int8")),
        "b": (1, np.dtype("int8")),
    }
