"""The inference package in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model.price_model import SignatureError

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel


@pytest.fixture(scope="module")
def listings(trained_project: Any) -> pd.DataFrame:
    table: pd.DataFrame = trained_project.load("test_listings").head(200)
    return table


def test_estimates_lie_in_their_interval_and_in_the_price_range(
    model: PriceModel, listings: pd.DataFrame
) -> None:
    """Low <= typical <= high, all between the lowest and the highest price of the market."""
    found = model.estimate(listings)
    assert list(found) == ["typical_price", "price_low", "price_high"]
    assert found.index.equals(listings.index)
    assert (found["price_low"] <= found["typical_price"]).all()
    assert (found["typical_price"] <= found["price_high"]).all()
    assert found.min().min() >= 10
    assert found.max().max() <= 350


def test_the_order_of_columns_and_further_columns_do_not_matter(
    model: PriceModel, listings: pd.DataFrame
) -> None:
    """Only the columns of the signature count, by name."""
    shuffled = listings[list(reversed(listings.columns))].assign(extra=1)
    pd.testing.assert_frame_equal(model.estimate(shuffled), model.estimate(listings))
    needed = listings[list(MODEL_COLUMNS)]
    pd.testing.assert_frame_equal(model.estimate(needed), model.estimate(listings))


def test_a_listing_is_priced_alike_alone_and_in_company(
    model: PriceModel, listings: pd.DataFrame
) -> None:
    """Nothing is learnt from the batch that is being priced."""
    alone = pd.concat([model.estimate(listings.iloc[[row]]) for row in range(5)])
    pd.testing.assert_frame_equal(alone, model.estimate(listings).head(5))


@pytest.mark.parametrize("column", MODEL_COLUMNS)
def test_any_value_may_be_missing(model: PriceModel, listings: pd.DataFrame, column: str) -> None:
    """An estimate is given all the same."""
    rows = listings.head(3)
    rows = rows.assign(**{column: pd.Series([None] * 3, dtype=rows[column].dtype)})
    assert model.estimate(rows).notna().all().all()


def test_new_categories_are_priced(model: PriceModel, listings: pd.DataFrame) -> None:
    """A neighbourhood, borough or room type that the training has not seen."""
    new = listings.head(3).astype({"neighbourhood": "str", "room_type": "str"})
    new = new.assign(neighbourhood="Atlantis", neighbourhood_group="Sea", room_type="Boat")
    assert model.estimate(new).notna().all().all()


def test_no_listings_give_no_estimates(model: PriceModel, listings: pd.DataFrame) -> None:
    """An empty table is priced as an empty table."""
    assert model.estimate(listings.head(0)).shape == (0, 3)


def test_a_missing_column_is_told(model: PriceModel, listings: pd.DataFrame) -> None:
    """The message names what is missing and what the model needs."""
    with pytest.raises(SignatureError, match="lack the columns latitude, room_type; the model"):
        model.estimate(listings.drop(columns=["latitude", "room_type"]))


def test_a_column_of_another_type_is_told(model: PriceModel, listings: pd.DataFrame) -> None:
    """Text where a number is needed is named, not guessed at."""
    wrong = listings.assign(latitude="north")
    with pytest.raises(SignatureError, match=r"'latitude' .* model needs float64"):
        model.estimate(wrong)


def test_the_example_shows_no_real_listing(model: PriceModel, trained_project: Any) -> None:
    """One typical listing a room type, with a title that no listing has."""
    names = set(trained_project.load("listings")["name"])
    assert {row["room_type"] for row in model.example} == {
        "Entire home/apt",
        "Private room",
        "Shared room",
    }
    assert not names & {row["name"] for row in model.example}
