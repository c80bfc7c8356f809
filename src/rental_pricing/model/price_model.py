"""The inference package: all that is needed to estimate a price, and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.listings.columns import LISTING_DTYPES, MODEL_COLUMNS
from rental_pricing.model.conforming import conform
from rental_pricing.model.pricing import estimate_prices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from rental_pricing.model.intervals import ScaledIntervals
    from rental_pricing.model.knowledge import Knowledge

PRICES = ("typical_price", "price_low", "price_high")
"""The columns of :func:`rental_pricing.model.pricing.estimate_prices`, in order."""


def model_signature() -> dict[str, str]:
    """Return the columns that a model reads, with their types: any text for a category."""
    return {
        name: "str" if LISTING_DTYPES[name] == "category" else LISTING_DTYPES[name]
        for name in MODEL_COLUMNS
    }


@dataclass(frozen=True)
class PriceModel:
    """A fitted pipeline with its intervals, what it knows and where it came from.

    Attributes:
        pipeline: Fitted scikit-learn Pipeline with all preprocessing: listings in, price in
            currency per night out.
        interval: Turns estimates into prediction intervals.
        signature: Columns that the model reads, with their pandas types.
        price_range: Lowest and highest price of the training market; estimates and
            intervals are kept inside.
        provenance: What made it: market, data, split, parameters; plain types.
        versions: Versions of the libraries that trained it.
        example: Typical listings, one for each room type, as plain types.
        knowledge: For which listings an estimate is sound.
        profile: Summary of the training data, to compare later data with; plain types.
    """

    pipeline: Pipeline
    interval: ScaledIntervals
    signature: Mapping[str, str]
    price_range: tuple[float, float]
    provenance: Mapping[str, Any]
    versions: Mapping[str, str]
    example: tuple[Mapping[str, Any], ...]
    knowledge: Knowledge
    profile: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for what made the model: data, parameters, versions."""
        made_by = {"provenance": self.provenance, "versions": self.versions}
        text = json.dumps(made_by, sort_keys=True, separators=(",", ":"), default=dict)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def estimate(self, listings: pd.DataFrame) -> pd.DataFrame:
        """Estimate typical prices, and say what to be wary of.

        Columns may come in any order and type, and further ones are ignored. What can't be
        priced soundly is not priced: an unknown room type, a place outside of the market or
        far from all training listings, a value that can't be read.

        Args:
            listings: One row a listing, with the columns of ``signature``; without
                ``delivered_on``, the newest delivery of the training listings counts.

        Returns:
            ``typical_price``, ``price_low`` and ``price_high`` in currency per night, NaN
            where a listing is not priced, and ``note``: why, or what to be wary of; "" where
            there is nothing to say. With the index of ``listings``.

        Raises:
            SignatureError: If a column is absent or can't hold such values.
        """
        columns, notes = conform(listings, self.signature)
        self.knowledge.date_deliveries(columns, notes)
        self.knowledge.judge(columns, notes)
        prices = np.full((len(listings), len(PRICES)), np.nan)
        if notes.priced.any():
            prices[notes.priced] = self._prices(columns, notes.priced)
        table: dict[str, object] = dict(zip(PRICES, prices.T, strict=True))
        table["note"] = pd.array(notes.texts(), dtype="str")
        return pd.DataFrame(table, index=listings.index)

    def _prices(
        self, columns: Mapping[str, NDArray[Any]], rows: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        # Texts stay Python's: to pandas' own type and back would cost more than the model.
        frame = pd.DataFrame(
            {
                name: pd.Series(values[rows], dtype=values.dtype, copy=False)
                for name, values in columns.items()
            }
        )
        return estimate_prices(self.pipeline, self.interval, frame, self.price_range).to_numpy()

    def example_frame(self) -> pd.DataFrame:
        """Return the example listings as a table that :meth:`estimate` takes."""
        return pd.DataFrame([dict(row) for row in self.example])


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
