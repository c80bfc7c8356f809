"""The inference package: all that is needed to estimate a price, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from rental_pricing.errors import UserInputError
from rental_pricing.listings.columns import LISTING_DTYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklearn.pipeline import Pipeline

    from rental_pricing.model.intervals import ConformalInterval


class SignatureError(UserInputError):
    """The listings to estimate lack a column of the model, or have one of another type."""


@dataclass(frozen=True)
class PriceModel:
    """A fitted pipeline with its intervals, its signature and where it came from.

    Attributes:
        pipeline: Fitted scikit-learn Pipeline with all preprocessing: raw columns in,
            price in ``currency`` per night out.
        interval: Turns an estimate into a prediction interval.
        signature: Columns that the model reads, with their pandas types.
        price_range: Lowest and highest price of the training market; estimates and
            intervals are kept inside.
        provenance: Estimator, seed, training data, currency: plain types.
        versions: Versions of the libraries that trained it.
        example: Typical listings, one for each room type, as plain types.
    """

    pipeline: Pipeline
    interval: ConformalInterval
    signature: Mapping[str, str]
    price_range: tuple[float, float]
    provenance: Mapping[str, Any]
    versions: Mapping[str, str]
    example: tuple[Mapping[str, Any], ...]

    def estimate(self, listings: pd.DataFrame) -> pd.DataFrame:
        """Estimate typical prices.

        Columns may come in any order, further ones are ignored, values may be missing
        and categories may be new.

        Args:
            listings: One row a listing, with the columns of ``signature``.

        Returns:
            ``typical_price``, ``price_low`` and ``price_high`` in currency per night,
            with the index of ``listings``.

        Raises:
            SignatureError: If a column is absent or has values of another type.
        """
        rows = self.conform(listings)
        names = ["typical_price", "price_low", "price_high"]
        if rows.empty:
            return pd.DataFrame(columns=names, index=rows.index, dtype="float64")
        typical = np.clip(self.pipeline.predict(rows), *self.price_range)
        low, high = self.interval.bounds(typical, rows)
        columns = [typical, *(np.clip(end, *self.price_range) for end in (low, high))]
        return pd.DataFrame(dict(zip(names, columns, strict=True)), index=rows.index)

    def conform(self, listings: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of the signature, with its types.

        Raises:
            SignatureError: If a column is absent or has values of another type.
        """
        absent = [name for name in self.signature if name not in listings]
        if absent:
            msg = (
                f"The listings to estimate lack the columns {', '.join(absent)}; "
                f"the model needs {', '.join(self.signature)}."
            )
            raise SignatureError(msg)
        return pd.DataFrame(
            {name: _as_type(listings[name], dtype) for name, dtype in self.signature.items()}
        )

    def example_frame(self) -> pd.DataFrame:
        """Return the example listings as a table that :meth:`estimate` takes."""
        return pd.DataFrame([dict(row) for row in self.example])


def _as_type(values: pd.Series, dtype: str) -> pd.Series:
    try:
        return values.astype(pandas_dtype(dtype))
    except (TypeError, ValueError) as error:
        msg = (
            f"Column {values.name!r} of the listings to estimate has values of type "
            f"{values.dtype} where the model needs {dtype}: {error}"
        )
        raise SignatureError(msg) from error


def typical_listings(listings: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Describe a typical listing of each room type, in its commonest neighbourhood.

    Medians and most frequent values, so that no real listing is shown.

    Args:
        listings: Typed listings.
        columns: Columns to describe.

    Returns:
        One dictionary of plain types a room type; dates as text; the title made up.
    """
    rows = []
    for room_type, group in listings.groupby("room_type", observed=True):
        area = _typical(group["neighbourhood"])
        there = group[group["neighbourhood"].astype("str") == area]
        row = {name: _typical(there[name]) for name in columns if name != "name"}
        rows.append({"name": f"{room_type} in {row['neighbourhood']}", **row})
    return [{name: row[name] for name in columns} for row in rows]


def _typical(values: pd.Series) -> Any:
    present = values.dropna()
    if present.empty:
        return None
    dtype = LISTING_DTYPES[str(values.name)]
    if dtype.startswith("datetime64"):
        return f"{present.sort_values().iloc[len(present) // 2]:%Y-%m-%d}"
    if dtype in {"str", "category"}:
        return str(present.astype("str").mode().iloc[0])
    middle = float(present.median())
    return round(middle) if dtype in {"int64", "Int64"} else round(middle, 5)
