"""What each group of columns adds to a price."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.model.explanations import (
    MOST_GROUPS,
    TooManyGroupsError,
    mixture_prices,
    shapley_values,
)
from rental_pricing.model.price_model import PriceModel

GROUPS = {
    "place": ("neighbourhood_group", "neighbourhood", "latitude", "longitude"),
    "room type": ("room_type",),
    "title": ("name",),
    "the rest": (
        "minimum_nights",
        "availability_365",
        "number_of_reviews",
        "last_review",
        "reviews_per_month",
        "delivered_on",
        "calculated_host_listings_count",
    ),
}


def by_orders(worth: np.ndarray) -> np.ndarray:
    """Return Shapley values as they are defined: the mean over all orders of coming."""
    players = len(worth).bit_length() - 1
    values = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        there = 0
        for player in order:
            values[player] += worth[there | 1 << player] - worth[there]
            there |= 1 << player
    return values / len(orders)


@pytest.mark.parametrize("players", [1, 2, 3, 6])
def test_values_are_the_mean_over_all_orders(players: int) -> None:
    """Of any game."""
    worth = np.random.default_rng(players).normal(size=(3, 2**players))
    expected = [by_orders(each) for each in worth]
    np.testing.assert_allclose(shapley_values(worth), expected, atol=1e-12)


def test_the_glove_game() -> None:
    """A textbook's: one has a left glove, two have right ones; a pair is worth 1."""
    worth = [float(bool(n & 1) and bool(n & 6)) for n in range(8)]
    np.testing.assert_allclose(shapley_values(np.array([worth])), [[4 / 6, 1 / 6, 1 / 6]])


def test_of_a_sum_each_group_gets_its_own_term() -> None:
    """The difference of its columns from the typical listing's, in batches too."""
    draw = np.random.default_rng(1)
    names = [f"c{n}" for n in range(MOST_GROUPS)]
    listings = {name: draw.normal(size=250) for name in names}
    typical = {name: draw.normal(size=1) for name in names}

    def price(columns: Any) -> np.ndarray:
        return np.sum([(n + 1) * columns[name] for n, name in enumerate(names)], axis=0)

    worth = mixture_prices(price, listings, typical, {name: (name,) for name in names})
    np.testing.assert_allclose(worth[:, 0], price(typical)[0])
    np.testing.assert_allclose(worth[:, -1], price(listings))
    found = shapley_values(worth)
    expected = [(n + 1) * (listings[name] - typical[name]) for n, name in enumerate(names)]
    np.testing.assert_allclose(found, np.transpose(expected), atol=1e-12)


def test_nine_groups_are_too_many() -> None:
    """The message names the parameter and what to do."""
    one = {f"c{n}": np.zeros(1) for n in range(MOST_GROUPS + 1)}
    with pytest.raises(TooManyGroupsError, match=r"explain\.groups has 9 groups.*at most 8"):
        mixture_prices(lambda _: np.zeros(1), one, one, {name: (name,) for name in one})


def test_contributions_add_up_to_the_estimate(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """From the typical listing's price, within the precision of a float."""
    told = lake_model.explain(lake_listings, GROUPS)
    estimates = lake_model.estimate(lake_listings)
    assert list(told) == ["typical_price", "typical_listing", *GROUPS, "note"]
    assert told["typical_price"].equals(estimates["typical_price"])
    total = told[["typical_listing", *GROUPS]].sum(axis=1)
    np.testing.assert_allclose(total, estimates["typical_price"], rtol=0, atol=1e-11)
    assert told["place"].abs().max() > 1


def test_the_typical_listing_is_the_commonest_room_types_example(lake_model: PriceModel) -> None:
    """It explains itself with nothing at all."""
    examples = lake_model.example_frame()
    own = examples["room_type"] == lake_model.known.commonest_room_type
    told = lake_model.explain(examples, GROUPS)
    assert own.sum() == 1
    assert (told.loc[own, list(GROUPS)] == 0).all(axis=None)
    assert told.loc[~own, "room type"].abs().min() > 1
    price = lake_model.estimate(examples[own])["typical_price"].item()
    assert set(told["typical_listing"]) == {price}


def test_a_row_that_is_not_priced_is_not_explained(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """It keeps its note, and changes no other row."""
    batch = lake_listings.head(4).astype({"room_type": "str"})
    batch.loc[2, "room_type"] = "Boat"
    told = lake_model.explain(batch, GROUPS)
    assert told.loc[2].drop("note").isna().all()
    assert told.loc[2, "note"].startswith("not priced: room type 'Boat' is unknown")
    whole = lake_model.explain(lake_listings.head(4), GROUPS)
    pd.testing.assert_frame_equal(whole.drop(index=2), told.drop(index=2), check_exact=True)


def test_no_listings_have_no_explanations(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Nor any error."""
    assert lake_model.explain(lake_listings.head(0), GROUPS).shape == (0, 3 + len(GROUPS))
