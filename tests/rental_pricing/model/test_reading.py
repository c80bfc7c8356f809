"""Raw listings become plain arrays, with nothing learnt from the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from rental_pricing.listings.columns import DELIVERED_ON, MODEL_COLUMNS
from rental_pricing.model.reading import NUMBERS, ROOM, UNKNOWN, ListingReader, PlainListings

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., pd.DataFrame]

DAYS = NUMBERS.index("days_since_review")
DELIVERED = pd.Timestamp("2024-01-08")


def read(listings: pd.DataFrame, batch: pd.DataFrame | None = None) -> PlainListings:
    reader = ListingReader(category_min_listings=2).fit(listings)
    return reader.transform(listings if batch is None else batch)


def test_recency_counts_to_the_rows_own_delivery(make_listings: Make) -> None:
    """Two rows with one review, delivered a week apart, differ by seven days."""
    rows = make_listings(2).assign(last_review=DELIVERED - pd.Timedelta(days=3))
    rows[DELIVERED_ON] = [DELIVERED, DELIVERED + pd.Timedelta(days=7)]

    assert read(make_listings(), rows).numbers[:, DAYS].tolist() == [3, 10]


@pytest.mark.parametrize("absent", [True, False])
def test_a_missing_delivery_is_the_newest_of_training(make_listings: Make, absent: bool) -> None:  # noqa: FBT001 - a case
    """Whether the date or the whole column is missing."""
    training = make_listings().assign(**{DELIVERED_ON: DELIVERED})
    training.loc[0, DELIVERED_ON] = DELIVERED - pd.Timedelta(days=70)
    row = make_listings(1).assign(last_review=DELIVERED - pd.Timedelta(days=3))
    row = row.drop(columns=DELIVERED_ON, errors="ignore") if absent else row.assign(
        **{DELIVERED_ON: pd.NaT}
    )  # fmt: skip

    assert read(training, row).numbers[:, DAYS].tolist() == [3]


def test_a_review_after_the_delivery_is_of_that_day(make_listings: Make) -> None:
    """No review is negative days old."""
    training = make_listings().assign(**{DELIVERED_ON: DELIVERED})
    row = training.head(1).assign(last_review=DELIVERED + pd.Timedelta(days=1))

    assert read(training, row).numbers[:, DAYS].tolist() == [0]


def test_no_reviews_at_all_are_no_error(make_listings: Make) -> None:
    """Without any date, days since the last review are missing."""
    listings = make_listings().drop(columns=DELIVERED_ON, errors="ignore")

    assert np.isnan(read(listings.assign(last_review=pd.NaT)).numbers[:, DAYS]).all()


def test_missing_values_are_plain(make_listings: Make) -> None:
    """Numbers become NaN, categories unknown, a place the median, for trees all are -1."""
    listings = make_listings()
    row = pd.DataFrame(None, index=[0], columns=listings.columns, dtype="object")

    plain = read(listings, row)

    assert np.isnan(plain.numbers[0, 0])
    assert plain.codes.tolist() == [[UNKNOWN] * 3]
    assert plain.place[0].tolist() == listings[["latitude", "longitude"]].median().tolist()
    assert np.isfinite(plain.known).all()


def test_rare_and_new_categories_are_unknown(make_listings: Make) -> None:
    """A category needs its least number of training listings."""
    listings = make_listings(6).astype({"room_type": "str"})
    listings["room_type"] = ["tent", "tent", "tent", "hut", "hut", "igloo"]

    codes = read(listings, listings.assign(room_type=[*"xy", "igloo", "hut", "tent", "hut"]))

    assert codes.codes[:, ROOM].tolist() == [-1, -1, -1, 0, 1, 0]


def test_rows_keep_their_order_under_any_index(make_listings: Make) -> None:
    """Labels that repeat, or are shuffled, change nothing."""
    listings = pd.concat([make_listings(3), make_listings(3, seed=2)])

    assert read(listings).place[:, 0].tolist() == listings["latitude"].tolist()


def test_rows_can_be_chosen(make_listings: Make) -> None:
    """All arrays follow."""
    plain = read(make_listings())

    chosen = plain[np.array([5, 2])]

    assert chosen.words == [plain.words[5], plain.words[2]]
    assert chosen.known.tolist() == plain.known[[5, 2]].tolist()


def test_the_input_is_not_changed(make_listings: Make) -> None:
    """The listings are the same after as before."""
    listings = make_listings()
    before = listings.copy(deep=True)

    read(listings)

    pd.testing.assert_frame_equal(before, listings)


@pytest.mark.parametrize("column", [name for name in MODEL_COLUMNS if name != DELIVERED_ON])
def test_an_absent_column_is_named(make_listings: Make, column: str) -> None:
    """A frame without a needed column is refused, and the column named."""
    with pytest.raises(ValueError, match=column):
        ListingReader(2).fit(make_listings().drop(columns=column))
