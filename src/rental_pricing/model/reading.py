"""Raw listings as the model reads them: plain arrays, no surprises."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from rental_pricing.errors import did_you_mean
from rental_pricing.listings.columns import DELIVERED_ON, MODEL_COLUMNS
from rental_pricing.model.titles import count_bedrooms, title_words
from rental_pricing.model.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

CATEGORIES = ("neighbourhood_group", "neighbourhood", "room_type")
COORDINATES = ("latitude", "longitude")
COUNTS = (
    "minimum_nights",
    "number_of_reviews",
    "reviews_per_month",
    "calculated_host_listings_count",
    "availability_365",
)
NUMBERS = (*COUNTS, "days_since_review", "title_length", "bedrooms")
BOROUGH, ROOM = 0, 2
"""Places of these categories."""

MISSING = ""
"""Stands for a category that is missing."""

UNKNOWN = -1
"""Code of a category that is none of the training listings', or rare among them."""


@dataclass(frozen=True)
class PlainListings:
    """Listings as arrays, row for row.

    Attributes:
        ids: Of the listings; numbered from 0 where they have none, shape (rows,).
        words: The words of each title.
        numbers: ``NUMBERS``, NaN where missing, shape (rows, 8).
        place: Latitude and longitude in degrees, shape (rows, 2).
        codes: A number for each of ``CATEGORIES``, ``UNKNOWN`` for new ones, shape (rows, 3).
    """

    ids: Codes
    words: list[list[str]]
    numbers: Floats
    place: Floats
    codes: Codes

    def __len__(self) -> int:
        """Return the number of listings."""
        return len(self.words)

    def __getitem__(self, rows: Codes) -> PlainListings:
        """Return the listings of these rows, in that order."""
        words = [self.words[row] for row in rows]
        return PlainListings(
            self.ids[rows], words, self.numbers[rows], self.place[rows], self.codes[rows]
        )

    @property
    def known(self) -> Floats:
        """All but the titles' words, for trees: -1 where missing or new, shape (rows, 12)."""
        columns = np.hstack([self.numbers, self.place, self.codes[:, [BOROUGH, ROOM]]])
        return np.where(np.isnan(columns), -1.0, columns)


class ListingReader(TransformerMixin, BaseEstimator):
    """Read raw listings into plain arrays.

    The order of columns does not matter and others than ``MODEL_COLUMNS`` are dropped.
    Days since the last review count to the row's own ``delivered_on``; where that is
    missing, or the whole column, to the newest delivery of the training listings. A
    missing coordinate takes the median.

    Args:
        category_min_listings: Rarer neighbourhoods, boroughs and room types have no code.

    Attributes:
        categories_: The codes of each of ``CATEGORIES``.
        centre_: Median latitude and longitude, in degrees.
        newest_day_: Days from 1970-01-01 to the newest delivery, or else the newest
            review, of the training listings; NaN without any.
    """

    def __init__(self, category_min_listings: int) -> None:
        self.category_min_listings = category_min_listings

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn the categories and the newest delivery.

        Raises:
            ValueError: ``X`` lacks a column that the model needs.
        """
        _require_columns(X)
        self.categories_ = [
            Vocabulary.commonest(Counter(_texts(X[name])), self.category_min_listings, len(X))
            for name in CATEGORIES
        ]
        places = np.column_stack([_floats(X[name]) for name in COORDINATES])
        known = places[np.isfinite(places).all(axis=1)]
        self.centre_ = np.median(known, axis=0) if len(known) else np.zeros(len(COORDINATES))
        dated = [X[name] for name in (DELIVERED_ON, "last_review") if name in X]
        newest = [float(days.max()) for days in map(_known_days, dated) if len(days)]
        self.newest_day_ = newest[0] if newest else float("nan")
        return self

    def transform(self, X: pd.DataFrame) -> PlainListings:
        """Return the listings as arrays, row for row.

        Raises:
            ValueError: ``X`` lacks a column that the model needs.
        """
        check_is_fitted(self)
        _require_columns(X)
        titles = _texts(X["name"])
        words = [title_words(title) for title in titles]
        numbers = np.empty((len(X), len(NUMBERS)))
        for column, name in enumerate(COUNTS):
            numbers[:, column] = _floats(X[name])
        numbers[:, -3] = self._days_since_review(X)
        numbers[:, -2] = [len(title) for title in titles]
        numbers[:, -1] = [count_bedrooms(each) for each in words]
        place = np.column_stack([_floats(X[name]) for name in COORDINATES])
        place = np.where(np.isfinite(place), place, self.centre_)
        return PlainListings(_ids(X), words, numbers, place, self._codes(X))

    def _codes(self, X: pd.DataFrame) -> Codes:
        codes = np.empty((len(X), len(CATEGORIES)), dtype="int64")
        for column, name in enumerate(CATEGORIES):
            number = self.categories_[column].number
            codes[:, column] = [number(text, UNKNOWN) for text in _texts(X[name])]
        return codes

    def _days_since_review(self, X: pd.DataFrame) -> Floats:
        delivered = _days(X[DELIVERED_ON]) if DELIVERED_ON in X else np.full(len(X), np.nan)
        delivered = np.where(np.isnan(delivered), self.newest_day_, delivered)
        return np.maximum(delivered - _days(X["last_review"]), 0)


def _require_columns(X: pd.DataFrame) -> None:
    missing = [name for name in MODEL_COLUMNS if name not in X and name != DELIVERED_ON]
    if missing:
        hint = did_you_mean(missing[0], [str(name) for name in X.columns])
        msg = f"the listings lack the columns {missing}{hint}"
        raise ValueError(msg)


def _ids(listings: pd.DataFrame) -> Codes:
    if "id" in listings and listings["id"].dtype.kind in "iu":
        return listings["id"].to_numpy(dtype="int64", na_value=-1)
    return np.arange(len(listings))


def _texts(column: Iterable[Any]) -> list[str]:
    return [text if isinstance(text, str) else MISSING for text in column]


def _floats(column: pd.Series[Any]) -> Floats:
    return column.to_numpy(dtype="float64", na_value=np.nan)


def _days(dates: pd.Series[Any]) -> Floats:
    known = dates if dates.dtype.kind == "M" else pd.to_datetime(dates)
    days = known.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype("float64"))


def _known_days(dates: pd.Series[Any]) -> Floats:
    days = _days(dates)
    return days[~np.isnan(days)]
