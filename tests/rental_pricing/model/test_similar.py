"""Which known listings are most similar to a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from rental_pricing.model.linear_features import KM_PER_DEGREE
from rental_pricing.model.similar import (
    KM_IF_UNTOLD,
    KM_PER_BEDROOM,
    KM_PER_DOUBLED_STAY,
    NO_ID,
    Homes,
    KnownListings,
)

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel

ROOM, FLAT = "Private room", "Entire home/apt"


def known(**columns: object) -> KnownListings:
    """Keep rooms at one place, one for each value of a column, with ids from 1."""
    rows = len(next(iter(columns.values())))  # type: ignore[call-overload]
    usual = {
        "id": range(1, rows + 1),
        "name": "1BR",
        "room_type": ROOM,
        "latitude": 40.0,
        "longitude": -74.0,
        "minimum_nights": 1,
        "price": 100.0,
        "neighbourhood_group": "Downtown",
        "neighbourhood": "Quarter 1",
    }
    return KnownListings.learn(pd.DataFrame(usual | columns, index=range(rows)))


def home(**changes: object) -> Homes:
    """Describe one home like those."""
    one = {
        "id": NO_ID,
        "room_type": ROOM,
        "latitude": 40.0,
        "longitude": -74.0,
        "bedrooms": 1.0,
        "minimum_nights": 1.0,
    } | changes
    return Homes(
        np.array([one["id"]]),
        np.array([one["room_type"]], dtype=object),
        np.array([[one["latitude"], one["longitude"]]], dtype="float64"),
        np.array([one["bedrooms"]], dtype="float64"),
        np.array([one["minimum_nights"]], dtype="float64"),
    )


def found(listings: KnownListings, k: int = 10, **changes: object) -> list[tuple[int, float]]:
    table = listings.most_similar(home(**changes), k)
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    return list(zip(table["similar_id"], table["distance"].round(9), strict=True))


def test_a_kilometre_is_a_kilometre() -> None:
    """North and east alike; the crow's way is told beside the distance."""
    north, east = 1 / KM_PER_DEGREE, 2 / KM_PER_DEGREE / np.cos(np.radians(40.0))
    listings = known(latitude=[40.0, 40.0 + north, 40.0], longitude=[-74.0, -74.0, -74.0 + east])
    assert found(listings) == [(1, 0.0), (2, 1.0), (3, 2.0)]
    far = listings.most_similar(home(bedrooms=2.0), 3).iloc[2]
    assert far["distance_km"] == pytest.approx(2.0)
    assert far["distance"] == pytest.approx(np.hypot(2.0, KM_PER_BEDROOM))


def test_a_bedroom_counts_as_kilometres() -> None:
    """One more, and one less; a title that tells none is taken for one, and is set apart."""
    listings = known(name=["studio", "1BR", "2BR", "Nice"])
    assert found(listings) == [
        (2, 0.0),
        (4, KM_IF_UNTOLD),
        (1, KM_PER_BEDROOM),
        (3, KM_PER_BEDROOM),
    ]
    assert found(listings, bedrooms=np.nan)[0] == (4, 0.0)


def test_a_doubled_stay_counts_as_kilometres() -> None:
    """From 15 to 30 nights as from one to two; a missing stay is one night."""
    listings = known(minimum_nights=[1, 2, 15, 30])
    assert found(listings)[:2] == [(1, 0.0), (2, KM_PER_DOUBLED_STAY)]
    assert found(listings, minimum_nights=30.0)[:2] == [(4, 0.0), (3, KM_PER_DOUBLED_STAY)]
    assert found(listings, minimum_nights=np.nan) == found(listings)


def test_only_listings_of_the_same_room_type_are_similar() -> None:
    """However near the others are; of an unknown type there is none."""
    listings = known(room_type=[ROOM, FLAT, ROOM])
    assert found(listings) == [(1, 0.0), (3, 0.0)]
    assert found(listings, room_type="Boat") == []


def test_a_listing_is_not_similar_to_itself() -> None:
    """By its id; the others move up, so that there are still as many."""
    listings = known(price=[90.0, 100.0, 110.0])
    assert found(listings, 2) == [(1, 0.0), (2, 0.0)]
    assert found(listings, 2, id=1) == [(2, 0.0), (3, 0.0)]
    assert found(listings, 3, id=1) == [(2, 0.0), (3, 0.0)]


@pytest.mark.parametrize("k", [1, 2, 5, 40])
def test_of_equally_distant_ones_the_lower_id_comes_first(k: int) -> None:
    """Also where far more are equally near than are asked for, in whatever order they came."""
    ids = np.random.default_rng(0).permutation(60) + 1
    listings = known(id=ids, latitude=np.where(ids <= 50, 40.0, 40.001))
    assert [one for one, _ in found(listings, k)] == list(range(1, k + 1))
    assert [one for one, _ in found(listings, k, id=1)] == list(range(2, k + 2))


def test_the_tree_finds_what_comparing_with_all_finds(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """For each listing, against the distances to all others worked out one by one."""
    table = lake_model.similar(lake_listings.set_index("id", drop=False), 4)
    facts = lake_listings.set_index("id")
    bedrooms = facts["name"].str.extract(r"(\d)BR")[0].astype(float)
    place = facts[["latitude", "longitude"]].to_numpy() * KM_PER_DEGREE
    place[:, 1] *= np.cos(np.radians(facts["latitude"].median()))
    stay = np.log2(facts["minimum_nights"].to_numpy(dtype="float64")) * KM_PER_DOUBLED_STAY
    points = np.column_stack([place, bedrooms * KM_PER_BEDROOM, stay])
    rooms = facts["room_type"].astype("str").to_numpy()
    for row, own in enumerate(facts.index):
        distance = np.sqrt(((points - points[row]) ** 2).sum(axis=1))
        allowed = (rooms == rooms[row]) & (facts.index != own)
        nearest = np.argsort(np.where(allowed, distance, np.inf), kind="stable")[:4]
        assert table.loc[own, "similar_id"].tolist() == facts.index[nearest].tolist()
        np.testing.assert_allclose(table.loc[own, "distance"], distance[nearest], atol=1e-9)
        assert table.loc[own, "similar_price"].tolist() == facts["price"].iloc[nearest].tolist()


def test_the_order_of_the_rows_changes_no_byte(lake_listings: pd.DataFrame) -> None:
    """Nor does learning again."""
    shuffled = lake_listings.sample(frac=1, random_state=1)
    assert KnownListings.learn(lake_listings).content == KnownListings.learn(shuffled).content


def test_the_commonest_room_type_is_the_first_of_equals() -> None:
    """By its name."""
    assert known(room_type=[ROOM, ROOM, FLAT]).commonest_room_type == ROOM
    assert known(room_type=[ROOM, FLAT]).commonest_room_type == FLAT
