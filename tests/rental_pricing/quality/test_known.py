"""Listings that an earlier drop had too."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rental_pricing.quality.known import Changed, Homes, known_homes


def changes(now: pd.DataFrame, then: pd.DataFrame, km: float = 0.5) -> dict[str, int]:
    return known_homes(Homes.of([now]), Homes.of([then]), km).changed.model_dump()


def test_the_same_homes_are_known_and_unchanged(rows: Any) -> None:
    """In any order of rows; missing values are no change."""
    then = rows(30)
    then.loc[3, ["host_id", "name"]] = pd.NA
    known = known_homes(Homes.of([then[::-1]]), Homes.of([then]), 0.5)
    assert (known.rows, known.changed) == (30, Changed())


def test_only_ids_of_both_drops_are_compared(rows: Any) -> None:
    """A new id, or one that went, is not known."""
    then, now = rows(30), rows(30).assign(id=lambda r: r["id"] + 25)
    assert known_homes(Homes.of([now]), Homes.of([then]), 0.5).rows == 5
    assert known_homes(Homes.of([now]), Homes.of([then.iloc[:0]]), 0.5).rows == 0
    assert known_homes(Homes.of([now.iloc[:0]]), Homes.of([then]), 0.5).rows == 0


@pytest.mark.parametrize("column", ["host_id", "room_type", "name"])
def test_a_change_is_counted_where_it_is(rows: Any, column: str) -> None:
    """Another value, one that is missing, and one that was: one each."""
    then = rows(30)
    now = then.copy()
    now.loc[0, column] = 7 if column == "host_id" else "Castle"
    if column != "room_type":
        now.loc[1, column] = pd.NA
        then.loc[2, column] = pd.NA
    expected = 1 if column == "room_type" else 3
    assert changes(now, then) == {"host_id": 0, "place": 0, "room_type": 0, "name": 0} | {
        column: expected
    }


@pytest.mark.parametrize(("moved", "counted"), [(0.499, 0), (0.501, 1)])
def test_a_place_may_move_a_little(rows: Any, moved: float, counted: int) -> None:
    """Kilometres, in any direction."""
    then = rows(30)
    now = then.copy()
    now.loc[0, "latitude"] += moved / 111.195
    assert changes(now, then)["place"] == counted


def test_a_place_that_moved_just_as_far_as_allowed_is_unchanged(rows: Any) -> None:
    """The limit itself is allowed: here, no move at all."""
    assert changes(rows(30), rows(30), km=0)["place"] == 0


def test_of_a_repeated_id_the_first_row_counts(rows: Any) -> None:
    """On both sides."""
    then = rows(2)
    now = pd.concat([then, then.assign(room_type="Castle")])
    assert changes(now, then)["room_type"] == 0
    assert changes(then, now)["room_type"] == 0
