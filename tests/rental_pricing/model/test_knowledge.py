"""What the model says of listings that lie outside of what it knows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from rental_pricing.model.knowledge import Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.listings.parameters import ImpossibleParameters, MarketParameters
    from rental_pricing.model.price_model import PriceModel

    Offer = Callable[..., pd.DataFrame]

NORTH = 1 / 111.2
"""A kilometre northwards, in degrees."""

NEVER_REVIEWED = {"last_review": None, "reviews_per_month": None, "number_of_reviews": 0}

PRICED = [
    pytest.param({}, "", id="good"),
    pytest.param({"room_type": "Entire home/apt "}, "", id="blank at the end"),
    pytest.param({"room_type": "\tEntire  home/apt"}, "", id="white space"),
    pytest.param({"neighbourhood": " Quarter\n2 "}, "", id="line break"),
    pytest.param(
        {"neighbourhood": "Atlantis"},
        "neighbourhood 'Atlantis' is unknown to the model (or rare): priced by its place",
        id="neighbourhood",
    ),
    pytest.param(
        {"neighbourhood_group": "Sea"},
        "borough 'Sea' is unknown to the model (or rare): priced by its place",
        id="borough",
    ),
    pytest.param(
        {"neighbourhood": None}, "neighbourhood is missing: priced by its place", id="no area"
    ),
    pytest.param(
        {"neighbourhood_group": ""}, "borough is missing: priced by its place", id="empty borough"
    ),
    pytest.param(
        {"neighbourhood": "A" * 500}, f"neighbourhood '{'A' * 58} …' is unknown", id="endless"
    ),
    pytest.param(
        {"minimum_nights": 400},
        "minimum nights 400 is outside of 1 to 30, what the model was trained on",
        id="many nights",
    ),
    pytest.param({"minimum_nights": 31}, "minimum nights 31 is outside", id="one above the range"),
    pytest.param({"minimum_nights": 1000}, "minimum nights 1000 is outside", id="just possible"),
    pytest.param({"availability_365": 366}, "days available in a year 366 is", id="leap year"),
    pytest.param({"minimum_nights": 30}, "", id="at the range's end"),
    pytest.param({"minimum_nights": 0}, "minimum nights 0 is outside of 1", id="below the range"),
    pytest.param({"number_of_reviews": 500}, "number of reviews 500 is outside", id="reviews"),
    pytest.param({"name": None}, "title is missing", id="no title"),
    pytest.param({"name": "  "}, "title is missing", id="blank title"),
    pytest.param({"minimum_nights": None}, "minimum nights is missing", id="no nights"),
    pytest.param(NEVER_REVIEWED, "", id="never reviewed"),
    pytest.param(
        {"latitude": 40.604 + 3.4 * NORTH},
        "the nearest listing that the model knows is about 4 km away",
        id="far",
    ),
    pytest.param(
        {"last_review": "2024-02-01"},
        "no delivery date given: taken as that of the last review",
        id="reviewed since",
    ),
    pytest.param({"last_review": "2024-01-15"}, "", id="reviewed on the newest day"),
    pytest.param({"last_review": "2024-01-16"}, "no delivery date given", id="a day after it"),
    pytest.param(
        {"last_review": "2023-11-05", "delivered_on": "2023-11-05"}, "", id="reviewed that day"
    ),
    pytest.param({"delivered_on": "2024-03-01"}, "", id="delivered since"),
    pytest.param({"delivered_on": "2025-01-15"}, "", id="delivered a year after"),
    pytest.param({"delivered_on": "2025-01-16"}, "delivery date 2025-01-16 is", id="and a day"),
    pytest.param(NEVER_REVIEWED | {"delivered_on": "2023-01-14"}, "", id="a year before"),
    pytest.param(
        NEVER_REVIEWED | {"delivered_on": "2023-01-13"}, "delivery date 2023-01-13", id="a day more"
    ),
    pytest.param(
        {"delivered_on": "2026-01-01"},
        "delivery date 2026-01-01 is more than a year from the model's newest listings (2",
        id="delivered long since",
    ),
]

NOT_PRICED = [
    pytest.param({"minimum_nights": 1001}, "minimum nights 1001 is more than 1000", id="nights"),
    pytest.param({"minimum_nights": 2**62}, "minimum nights 4.611686018e+18 is more", id="2**62"),
    pytest.param({"availability_365": 367}, "days available in a year 367 is more", id="days"),
    pytest.param({"reviews_per_month": 91}, "reviews per month 91 is more than 90", id="rate"),
    pytest.param({"last_review": "2007-12-31"}, "2007-12-31 is before 2008", id="too early"),
    pytest.param({"number_of_reviews": 0}, "reviews per month 0.5 with 0 reviews", id="rate of 0"),
    pytest.param({"number_of_reviews": 0}, "last review 2023-11-05 with 0 reviews", id="no review"),
    pytest.param(
        {"latitude": 0, "longitude": 0},
        "the place 0, 0 (latitude, longitude) is outside of Lake City",
        id="0/0",
    ),
    pytest.param({"latitude": 35.68, "longitude": 139.69}, "is outside of Lake City", id="Tokyo"),
    pytest.param({"latitude": -73.96, "longitude": 40.58}, "is outside of Lake City", id="swapped"),
    pytest.param(
        {"latitude": 40.604 + 7 * NORTH},
        "the nearest listing that the model knows is about 7 km away",
        id="too far",
    ),
    pytest.param({"latitude": None}, "latitude or longitude is missing", id="no latitude"),
    pytest.param({"longitude": np.nan}, "latitude or longitude is missing", id="NaN longitude"),
    pytest.param(
        {"room_type": "Entire home"},
        "room type 'Entire home' is unknown to the model (did you mean 'Entire home/apt'?)",
        id="mistyped room type",
    ),
    pytest.param(
        {"room_type": "Boat"},
        "room type 'Boat' is unknown to the model; known: Entire home/apt, Private room",
        id="unknown room type",
    ),
    pytest.param({"room_type": "entire home/apt"}, "is unknown to the model", id="another case"),
    pytest.param({"room_type": None}, "room type is missing", id="no room type"),
    pytest.param(
        {"last_review": "2023-11-05", "delivered_on": "2023-11-04"},
        "last review 2023-11-05 is after the delivery date",
        id="reviewed after delivery",
    ),
]


@pytest.mark.parametrize(("changes", "note"), PRICED)
def test_priced(lake_model: PriceModel, offer: Offer, changes: dict, note: str) -> None:
    """With a flag, where there is something to be wary of."""
    (found,) = lake_model.estimate(offer(**changes)).to_dict(orient="records")
    assert found["typical_price"] > 0
    assert found["note"].startswith(note)
    assert bool(found["note"]) == bool(note)


@pytest.mark.parametrize(("changes", "note"), NOT_PRICED)
def test_not_priced(lake_model: PriceModel, offer: Offer, changes: dict, note: str) -> None:
    """No price at all where it would not be sound, and the reason."""
    found = lake_model.estimate(offer(**changes)).iloc[0]
    assert found[["typical_price", "price_low", "price_high"]].isna().all()
    assert found["note"].startswith("not priced: ")
    assert note in found["note"]


def test_a_blank_does_not_change_the_price(lake_model: PriceModel, offer: Offer) -> None:
    """'Entire home/apt ' is an entire home, as it is to ingest."""
    good = lake_model.estimate(offer())
    pd.testing.assert_frame_equal(good, lake_model.estimate(offer(room_type="Entire home/apt ")))


def test_all_reasons_against_pricing_are_told_and_nothing_else(
    lake_model: PriceModel, offer: Offer
) -> None:
    """Flags are for those who get a price."""
    wrong = offer(room_type="Boat", latitude=0, neighbourhood="Atlantis", minimum_nights=400)
    note = lake_model.estimate(wrong).loc[0, "note"]
    assert note == (
        "not priced: the place 0, -73.96 (latitude, longitude) is outside of Lake City; "
        "room type 'Boat' is unknown to the model; known: Entire home/apt, Private room"
    )


def test_several_flags_stand_side_by_side(lake_model: PriceModel, offer: Offer) -> None:
    """One note tells them all."""
    note = lake_model.estimate(offer(name=None, minimum_nights=400)).loc[0, "note"]
    assert note == (
        "minimum nights 400 is outside of 1 to 30, what the model was trained on; title is missing"
    )


@pytest.mark.parametrize(
    ("kilometres", "flagged", "priced"),
    [(1.99, False, True), (2.01, True, True), (4.99, True, True), (5.01, True, False)],
)
def test_distance_from_the_training_listings_decides(
    lake_model: PriceModel, offer: Offer, kilometres: float, *, flagged: bool, priced: bool
) -> None:
    """Flagged beyond 2 km from the middle of the nearest kilometre with one, priced to 5 km."""
    cells = replace(lake_model.knowledge.places, cells=np.array([[0, 0]]))
    knowledge = replace(lake_model.knowledge, places=cells)
    south, west = cells.origin
    east = 0.5 / 111.2 / np.cos(np.radians(south))
    place = {"latitude": south + (0.5 + kilometres) * NORTH, "longitude": west + east}
    found = replace(lake_model, knowledge=knowledge).estimate(offer(**place)).iloc[0]
    assert ("km away" in found["note"]) == flagged
    assert (found["typical_price"] > 0) == priced


def test_bounds_of_the_market_are_inside(
    lake_listings: pd.DataFrame,
    lake_city: MarketParameters,
    sober_limits: ImpossibleParameters,
    lake_model: PriceModel,
    offer: Offer,
) -> None:
    """A place on the boundary is in the market, one beyond it is not."""
    for edge, beyond in ((40.5, 40.49999), (40.8, 40.80001)):
        at_the_edge = lake_listings.assign(latitude=edge)
        knowledge = Knowledge.learn(at_the_edge, lake_city, sober_limits)
        assert _note(lake_model, knowledge, offer(latitude=edge)) == ""
        assert "outside of Lake City" in _note(lake_model, knowledge, offer(latitude=beyond))


def test_a_sentinel_date_is_refused_and_no_more_said(lake_model: PriceModel, offer: Offer) -> None:
    """A delivery date is not assumed for what is not priced."""
    note = lake_model.estimate(offer(last_review="9999-12-31")).loc[0, "note"]
    assert note == (
        "not priced: last review 9999-12-31 is more than a year after "
        "the model's newest listings (2024-01-15)"
    )


@pytest.mark.parametrize(("listings", "known"), [(4, False), (5, True), (6, True)])
def test_a_neighbourhood_is_known_by_five_listings(
    lake_listings: pd.DataFrame,
    lake_city: MarketParameters,
    sober_limits: ImpossibleParameters,
    *,
    listings: int,
    known: bool,
) -> None:
    """Four are too few to know it."""
    areas = ["Rare"] * listings + ["Quarter 1"] * (len(lake_listings) - listings)
    knowledge = Knowledge.learn(lake_listings.assign(neighbourhood=areas), lake_city, sober_limits)
    assert ("Rare" in knowledge.categories["neighbourhood"]) == known


@pytest.mark.parametrize(("missing", "flagged"), [(1, True), (2, True), (3, False)])
def test_missing_values_are_flagged_where_they_were_seldom(
    lake_listings: pd.DataFrame,
    lake_city: MarketParameters,
    sober_limits: ImpossibleParameters,
    *,
    missing: int,
    flagged: bool,
) -> None:
    """Up to 1 % of the training listings (2 of 200); reviews per month are often missing."""
    listings = lake_listings[:200]
    names = listings["name"].where(np.arange(200) >= missing)
    knowledge = Knowledge.learn(listings.assign(name=names), lake_city, sober_limits)
    assert ("name" in knowledge.seldom_missing) == flagged
    assert "reviews_per_month" not in knowledge.seldom_missing


def test_a_column_without_any_value_has_no_range(
    lake_listings: pd.DataFrame, lake_city: MarketParameters, sober_limits: ImpossibleParameters
) -> None:
    """Nothing is known of it, so nothing is said."""
    knowledge = Knowledge.learn(
        lake_listings.assign(reviews_per_month=np.nan), lake_city, sober_limits
    )
    assert "reviews_per_month" not in knowledge.ranges


def test_dates_a_year_apart_are_believed(lake_model: PriceModel, offer: Offer) -> None:
    """366 days after the newest delivery a review still tells the date, a day later not."""
    last = [pd.Timestamp("2024-01-15") + pd.Timedelta(days=days) for days in (366, 367)]
    found = lake_model.estimate(pd.concat([offer(last_review=date) for date in last]))
    assert found["typical_price"].notna().tolist() == [True, False]


def test_knowledge_survives_as_json(lake_model: PriceModel) -> None:
    """Plain types, and small."""
    text = json.dumps(lake_model.knowledge.to_dict())
    assert lake_model.knowledge == Knowledge.from_dict(json.loads(text))
    assert len(text) < 2000


def _note(model: PriceModel, knowledge: Knowledge, listings: pd.DataFrame) -> str:
    note: str = replace(model, knowledge=knowledge).estimate(listings).loc[0, "note"]
    return note
