"""Raw listings as the model reads them: known columns, plain types, no surprises."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

import re
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from rental_pricing.errors import did_you_mean
from rental_pricing.listings.columns import MODEL_COLUMNS

CATEGORIES = ("neighbourhood_group", "neighbourhood", "room_type")
COORDINATES = ("latitude", "longitude")
COUNTS = (
    "minimum_nights",
    "number_of_reviews",
    "reviews_per_month",
    "calculated_host_listings_count",
    "availability_365",
)
NUMBERS = (*COUNTS, "days_since_review", "name_length", "bedrooms")
"""Numeric columns that ``ListingFrame`` gives, besides the coordinates."""

MISSING = "missing"
_LETTER_MEETS_DIGIT = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_SYNONYMS = (
    (re.compile(r"\b(?:br|bd|bdr|bdrm|bedrm|bedrooms?|beds?)\b"), "bed"),
    (re.compile(r"\b(?:apts?|apartments)\b"), "apartment"),
    *(
        (re.compile(rf"\b{word}\b"), str(number))
        for number, word in enumerate(("one", "two", "three", "four", "five", "six"), start=1)
    ),
)
_BEDROOMS = re.compile(
    r"\b(10|[1-9])"
    r"(?: (?:full|large|big|private|spacious|huge|cozy|queen|king|double))? bed\b"
)
_STUDIO = re.compile(r"\bstudio\b")


def normalise_name(name: str) -> str:
    """Write a listing's name so that the same thing is always spelt the same.

    >>> normalise_name("Sunny 2BR Apt, one of the best")
    'sunny 2 bed apartment, 1 of the best'
    """
    text = _LETTER_MEETS_DIGIT.sub(" ", name.lower())
    for pattern, word in _SYNONYMS:
        text = pattern.sub(word, text)
    return text


def count_bedrooms(name: str) -> float:
    """Return the number of bedrooms that a normalised name tells, NaN if none.

    A studio has 0. More than 10 bedrooms are not believed.

    >>> count_bedrooms("sunny 2 bed apartment"), count_bedrooms("quiet studio")
    (2.0, 0.0)
    """
    told = _BEDROOMS.search(name)
    if told:
        return float(told[1])
    return 0.0 if _STUDIO.search(name) else float("nan")


class ListingFrame(TransformerMixin, BaseEstimator):
    """Bring raw listings into one shape: known columns, plain types, no surprises.

    The order of columns does not matter and others than ``MODEL_COLUMNS`` are dropped.
    Numbers become ``float64`` with NaN for missing ones, categories become text with
    ``"missing"``, and the date of the last review becomes the days from it to the
    newest review among the training listings. The name gives its length in letters and
    the number of bedrooms, if it tells.

    Attributes:
        reference_day_: Days from 1970-01-01 to that newest review, NaN without any.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn the date of the newest review.

        Raises:
            ValueError: ``X`` lacks a column that the model needs.
        """
        days = _days(_known(X)["last_review"])
        self.reference_day_ = float(days[np.isfinite(days)].max(initial=-np.inf))
        if not np.isfinite(self.reference_day_):
            self.reference_day_ = float("nan")
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the listings in the model's own columns, row for row.

        Raises:
            ValueError: ``X`` lacks a column that the model needs.
        """
        check_is_fitted(self)
        frame = _known(X)
        names = frame["name"].astype("object").where(frame["name"].notna(), "").map(str)
        spelt = [normalise_name(name) for name in names]
        columns: dict[str, object] = {"name": np.array(spelt, dtype="object")}
        for name in CATEGORIES:
            column = frame[name].astype("object")
            columns[name] = column.where(column.notna(), MISSING).map(str).astype("object")
        for name in (*COORDINATES, *COUNTS):
            columns[name] = _floats(frame[name])
        columns["days_since_review"] = self.reference_day_ - _days(frame["last_review"])
        columns["name_length"] = np.array([len(name) for name in names], dtype="float64")
        columns["bedrooms"] = np.array([count_bedrooms(name) for name in spelt], dtype="float64")
        return pd.DataFrame(columns, index=frame.index)


def _known(X: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in MODEL_COLUMNS if name not in X.columns]
    if missing:
        hint = did_you_mean(missing[0], [str(name) for name in X.columns])
        msg = f"the listings lack the columns {missing}{hint}"
        raise ValueError(msg)
    return X[list(MODEL_COLUMNS)]


def _floats(column: pd.Series[Any]) -> NDArray[np.float64]:
    return pd.to_numeric(column).to_numpy(dtype="float64", na_value=np.nan)


def _days(dates: pd.Series[Any]) -> NDArray[np.float64]:
    days = pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype("float64"))
