"""The inference package in use."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model.price_model import typical_listings

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.model.price_model import PriceModel

PRICES = ["typical_price", "price_low", "price_high"]


def test_estimates_lie_in_their_interval_and_in_the_price_range(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Low <= typical <= high, all between the lowest and the highest price of the market."""
    found = lake_model.estimate(lake_listings)
    assert list(found) == [*PRICES, "note"]
    assert found.index.equals(lake_listings.index)
    assert (found["price_low"] <= found["typical_price"]).all()
    assert (found["typical_price"] <= found["price_high"]).all()
    assert found[PRICES].min().min() >= 10
    assert found[PRICES].max().max() <= 350


def test_listings_like_those_it_learnt_from_need_no_note(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Each is priced, and there is nothing to say."""
    found = lake_model.estimate(lake_listings)
    assert found[PRICES].notna().all().all()
    assert set(found["note"]) == {""}


def test_order_and_further_columns_do_not_matter(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Only the columns of the signature count, by name."""
    expected = lake_model.estimate(lake_listings)
    shuffled = lake_listings[list(reversed(lake_listings.columns))].assign(extra=1)
    pd.testing.assert_frame_equal(expected, lake_model.estimate(shuffled))
    needed = lake_listings[list(MODEL_COLUMNS)]
    pd.testing.assert_frame_equal(expected, lake_model.estimate(needed))


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_same_bits_in_any_batch(
    lake_model: PriceModel, lake_listings: pd.DataFrame, size: int
) -> None:
    """Nothing is learnt from the batch that is being priced, nor summed in another order."""
    listings = lake_listings.sample(frac=1, random_state=2)
    pieces = [listings[start : start + size] for start in range(0, len(listings), size)]
    found = pd.concat([lake_model.estimate(piece) for piece in pieces])
    pd.testing.assert_frame_equal(lake_model.estimate(listings), found, check_exact=True)


def test_a_row_that_is_not_priced_changes_no_other(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """The others have the same bits and their own index; that one has no prices."""
    batch = lake_listings.head(5).astype({"room_type": "str"})
    batch.loc[2, "room_type"] = "Boat"
    found = lake_model.estimate(batch)
    expected = lake_model.estimate(lake_listings.head(5))
    assert found.loc[2, PRICES].isna().all()
    pd.testing.assert_frame_equal(expected.drop(index=2), found.drop(index=2), check_exact=True)


def test_any_index_is_kept(lake_model: PriceModel, lake_listings: pd.DataFrame) -> None:
    """Labels may be texts, and twice the same."""
    batch = lake_listings.head(3).set_axis(["a", "b", "a"])
    found = lake_model.estimate(batch)
    assert list(found.index) == ["a", "b", "a"]
    assert found[PRICES].to_numpy().tolist() == (
        lake_model.estimate(lake_listings.head(3))[PRICES].to_numpy().tolist()
    )


def test_the_listings_are_left_as_they_were(
    lake_model: PriceModel, offer: Callable[..., pd.DataFrame]
) -> None:
    """Nothing that is given is changed."""
    given = offer(room_type=" Entire home/apt ", last_review=None)
    before = given.copy(deep=True)
    lake_model.estimate(given)
    pd.testing.assert_frame_equal(before, given)


def test_typical_prices_alone_are_those_of_estimates(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """NaN where a listing is not priced; also without any listing."""
    rows = lake_listings.head(20).assign(
        latitude=lambda rows: rows["latitude"].mask(rows.index == 3, 80)
    )
    found = lake_model.typical(rows)
    np.testing.assert_array_equal(found, lake_model.estimate(rows)["typical_price"])
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]
    assert lake_model.typical(rows.head(0)).shape == (0,)


def test_no_listings_give_no_estimates(lake_model: PriceModel, lake_listings: pd.DataFrame) -> None:
    """An empty table is priced as an empty table, with the same columns and types."""
    empty = lake_model.estimate(lake_listings.head(0))
    assert empty.shape == (0, 4)
    assert empty.dtypes.equals(lake_model.estimate(lake_listings.head(1)).dtypes)


def test_a_newest_delivery_is_assumed(lake_model: PriceModel, lake_listings: pd.DataFrame) -> None:
    """Without a delivery date, a listing is priced as one of the newest training listings."""
    dated = lake_listings.assign(delivered_on=pd.Timestamp("2024-01-15"))
    undated = lake_listings.drop(columns="delivered_on")
    pd.testing.assert_frame_equal(
        lake_model.estimate(dated), lake_model.estimate(undated), check_exact=True
    )


def test_identity_stands_for_what_made_the_model(lake_model: PriceModel) -> None:
    """16 hexadecimal digits: others with other provenance or versions, not by their order."""
    assert len(lake_model.identity) == 16
    int(lake_model.identity, 16)
    reordered = dict(reversed(lake_model.provenance.items()))
    same = dataclasses.replace(lake_model, provenance=reordered)
    assert same.identity == lake_model.identity
    for change in ({"provenance": {"seed": 2}}, {"versions": {"numpy": "1"}}):
        assert dataclasses.replace(lake_model, **change).identity != lake_model.identity


def test_the_example_shows_no_real_listing(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """One typical listing a room type, with a title that no listing has; it can be priced."""
    assert {row["room_type"] for row in lake_model.example} == {"Entire home/apt", "Private room"}
    assert not set(lake_listings["name"]) & {row["name"] for row in lake_model.example}
    assert set(lake_model.estimate(lake_model.example_frame())["note"]) == {""}


def test_a_typical_listing_is_of_medians_and_commonest_values() -> None:
    """In the commonest neighbourhood of the room type; None where nothing is known."""
    listings = pd.DataFrame(
        {
            "name": ["a", "b", "c", "d"],
            "room_type": pd.Categorical(["Room"] * 4),
            "neighbourhood": pd.Categorical(["N", "N", "N", "M"]),
            "minimum_nights": pd.array([1, 2, 9, 100], dtype="Int64"),
            "last_review": pd.to_datetime(["2024-01-03", "2024-01-01", None, None]),
            "reviews_per_month": np.full(4, np.nan),
        }
    )
    expected: dict[str, Any] = {
        "name": "Room in N",
        "room_type": "Room",
        "neighbourhood": "N",
        "minimum_nights": 2,
        "last_review": "2024-01-03",
        "reviews_per_month": None,
    }
    assert typical_listings(listings, tuple(listings)) == [expected]


def test_similar_listings_keep_the_label_of_theirs(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Rows for each that can be priced, none for the others, the same in any batch."""
    batch = lake_listings.head(6).astype({"room_type": "str"}).set_axis(list("abcdef"))
    batch.loc["c", "room_type"] = "Boat"
    found = lake_model.similar(batch, 2)
    assert found.index.tolist() == list("aabbddeeff")
    assert found["rank"].tolist() == [1, 2] * 5
    alone = pd.concat([lake_model.similar(batch[row : row + 1], 2) for row in range(6)])
    pd.testing.assert_frame_equal(found, alone, check_exact=True)


@pytest.mark.parametrize("kind", ["int64", "Int64", "str", "object", "float64"])
def test_ids_of_any_type_tell_a_listing_from_itself(
    lake_model: PriceModel, lake_listings: pd.DataFrame, kind: str
) -> None:
    """Without an id it is the most similar one to itself."""
    batch = lake_listings.head(3)
    found = lake_model.similar(batch.astype({"id": kind}), 1)
    assert not set(found["similar_id"]) & set(batch["id"])
    unnamed = lake_model.similar(batch.drop(columns="id"), 1)
    assert unnamed["similar_id"].tolist() == batch["id"].tolist()
    assert unnamed["distance"].tolist() == [0, 0, 0]


def test_what_is_learnt_is_not_what_is_told_of_it(lake_model: PriceModel) -> None:
    """Other words on the making give another identity; other parameters, another learning too."""
    told = replace(lake_model, provenance={**lake_model.provenance, "source": "elsewhere"})
    assert (told.identity != lake_model.identity, told.learning) == (True, lake_model.learning)
    other = replace(lake_model, provenance={**lake_model.provenance, "parameters": {"seed": 7}})
    assert other.learning != lake_model.learning
