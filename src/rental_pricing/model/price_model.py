"""The inference package: all that is needed to estimate a price, and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.listings.columns import LISTING_DTYPES, MODEL_COLUMNS
from rental_pricing.model.conforming import conform, read_ids
from rental_pricing.model.explanations import mixture_prices, shapley_values
from rental_pricing.model.pricing import estimate_prices, typical_prices
from rental_pricing.model.reading import COORDINATES
from rental_pricing.model.similar import SIMILAR_COLUMNS, Homes, bedrooms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from rental_pricing.model.intervals import ScaledIntervals
    from rental_pricing.model.knowledge import Knowledge
    from rental_pricing.model.notes import Notes
    from rental_pricing.model.similar import KnownListings

    Columns = Mapping[str, NDArray[Any]]

PRICES = ("typical_price", "price_low", "price_high")
"""The columns of :func:`rental_pricing.model.pricing.estimate_prices`, in order."""

TYPICAL_LISTING, NOTE = "typical_listing", "note"
"""Columns of an explanation, beside ``typical_price`` and the groups."""


def model_signature() -> dict[str, str]:
    """Return the columns that a model reads, with their types: any text for a category."""
    return {
        name: "str" if LISTING_DTYPES[name] == "category" else LISTING_DTYPES[name]
        for name in MODEL_COLUMNS
    }


@dataclass(frozen=True)
class JudgedListings:
    """Listings as a model has read and judged them, so that it need not do so again.

    Attributes:
        listings: As they were given.
        columns: The columns of the model, an array each.
        notes: What there is to say of each row, and which can be priced.
    """

    listings: pd.DataFrame
    columns: Columns
    notes: Notes


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
        known: The listings that it has learnt from, to find similar ones.
        profile: Summary of the training data, to compare later data with; plain types.
        version: What the store that it comes from calls it, such as ``price_model:v3``;
            ``None`` where it comes from none. It is not packed.
    """

    pipeline: Pipeline
    interval: ScaledIntervals
    signature: Mapping[str, str]
    price_range: tuple[float, float]
    provenance: Mapping[str, Any]
    versions: Mapping[str, str]
    example: tuple[Mapping[str, Any], ...]
    knowledge: Knowledge
    known: KnownListings
    profile: Mapping[str, Any]
    version: str | None = None

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for what made the model: data, parameters, versions."""
        return _digest({"provenance": self.provenance, "versions": self.versions})

    @property
    def learning(self) -> str:
        """16 hexadecimal digits that stand for what the model learnt, and how.

        Two models of equal ones estimate alike, whatever else is told of their making: which
        drops were left out, or where they came from.
        """
        told = ("estimator", "parameters", "split")
        learnt = {name: self.provenance.get(name) for name in told}
        return _digest({**learnt, "versions": self.versions})

    def judge(self, listings: pd.DataFrame) -> JudgedListings:
        """Read listings, for more than one question about them.

        Args:
            listings: As for :meth:`estimate`.

        Raises:
            SignatureError: As from :meth:`estimate`.
        """
        columns, notes = conform(listings, self.signature)
        self.knowledge.date_deliveries(columns, notes)
        self.knowledge.judge(columns, notes)
        return JudgedListings(listings, columns, notes)

    def estimate(self, listings: pd.DataFrame | JudgedListings) -> pd.DataFrame:
        """Estimate typical prices, and say what to be wary of.

        Columns may come in any order and type, and further ones are ignored. What can't be
        priced soundly is not priced: an unknown room type, a place outside of the market or
        far from all training listings, a value that can't be read.

        Args:
            listings: One row a listing, with the columns of ``signature``; without
                ``delivered_on``, the newest delivery of the training listings counts. Or
                what :meth:`judge` made of them.

        Returns:
            ``typical_price``, ``price_low`` and ``price_high`` in currency per night, NaN
            where a listing is not priced, and ``note``: why, or what to be wary of; "" where
            there is nothing to say. With the index of ``listings``.

        Raises:
            SignatureError: If a column is absent or can't hold such values.
        """
        listings, columns, notes = self._judged(listings)
        prices = np.full((len(listings), len(PRICES)), np.nan)
        if notes.priced.any():
            prices[notes.priced] = self._prices(_taken(columns, notes.priced))
        table: dict[str, object] = dict(zip(PRICES, prices.T, strict=True))
        table[NOTE] = pd.array(notes.texts(), dtype="str")
        return pd.DataFrame(table, index=listings.index)

    def typical(self, listings: pd.DataFrame | JudgedListings) -> NDArray[np.float64]:
        """Estimate typical prices alone: those of :meth:`estimate`, in less time.

        Args:
            listings: As for :meth:`estimate`.

        Returns:
            Currency per night, NaN where a listing is not priced; shape (n,).

        Raises:
            SignatureError: As from :meth:`estimate`.
        """
        listings, columns, notes = self._judged(listings)
        prices = np.full(len(listings), np.nan)
        if notes.priced.any():
            prices[notes.priced] = self._typical_prices(_taken(columns, notes.priced))
        return prices

    def similar(self, listings: pd.DataFrame | JudgedListings, k: int) -> pd.DataFrame:
        """Find the known listings that are most similar to each: what the price stands on.

        See :meth:`rental_pricing.model.similar.KnownListings.most_similar`.

        Args:
            listings: As for :meth:`estimate`; a column ``id`` tells a listing from itself.
            k: How many for each.

        Returns:
            ``rank`` from 1, ``similar_id``, ``similar_price`` in currency per night,
            ``distance_km`` and ``distance``; k rows for each listing that can be priced, with
            its label in the index of ``listings``.

        Raises:
            SignatureError: As from :meth:`estimate`.
        """
        listings, columns, notes = self._judged(listings)
        rows = np.flatnonzero(notes.priced)
        homes = Homes(
            ids=read_ids(listings)[rows],
            room_types=columns["room_type"][rows],
            place=np.column_stack([columns[name][rows] for name in COORDINATES]),
            bedrooms=bedrooms(columns["name"][rows]),
            minimum_nights=columns["minimum_nights"][rows],
        )
        found = self.known.most_similar(homes, k)
        labels = listings.index[rows[found["row"].to_numpy()]]
        return found[list(SIMILAR_COLUMNS)].set_axis(labels)

    def explain(
        self, listings: pd.DataFrame | JudgedListings, groups: Mapping[str, Sequence[str]]
    ) -> pd.DataFrame:
        """Say what each group of columns adds to the price of a typical listing.

        The typical listing is that of the commonest room type in ``example``. See
        :func:`rental_pricing.model.explanations.mixture_prices`.

        Args:
            listings: As for :meth:`estimate`; for a few, as each is priced in all mixtures.
            groups: Columns by the name of their group; each column of the model is in one.

        Returns:
            ``typical_price`` as from :meth:`estimate`, ``typical_listing`` (the price of
            that), a column for each group (together with ``typical_listing`` they add up to
            ``typical_price``; all in currency per night, NaN where a listing is not priced)
            and ``note``. With the index of ``listings``.

        Raises:
            SignatureError: As from :meth:`estimate`.
            TooManyGroupsError: There are more than eight groups.
        """
        listings, columns, notes = self._judged(listings)
        told = np.full((len(listings), 2 + len(groups)), np.nan)
        if notes.priced.any():
            some = _taken(columns, notes.priced)
            worth = mixture_prices(self._typical_prices, some, self._typical_columns, groups)
            told[notes.priced, 0], told[notes.priced, 1] = worth[:, -1], worth[:, 0]
            told[notes.priced, 2:] = shapley_values(worth)
        table = pd.DataFrame(told, listings.index, [PRICES[0], TYPICAL_LISTING, *groups])
        return table.assign(**{NOTE: pd.array(notes.texts(), dtype="str")})

    def _judged(
        self, listings: pd.DataFrame | JudgedListings
    ) -> tuple[pd.DataFrame, Columns, Notes]:
        judged = listings if isinstance(listings, JudgedListings) else self.judge(listings)
        return judged.listings, judged.columns, judged.notes

    def _prices(self, columns: Columns) -> NDArray[np.float64]:
        listings = self._frame(columns)
        return estimate_prices(self.pipeline, self.interval, listings, self.price_range).to_numpy()

    def _typical_prices(self, columns: Columns) -> NDArray[np.float64]:
        return typical_prices(self.pipeline, self._frame(columns), self.price_range)

    def _frame(self, columns: Columns) -> pd.DataFrame:
        # Texts stay Python's: to pandas' own type and back would cost more than the model.
        return pd.DataFrame(
            {
                name: pd.Series(columns[name], dtype=columns[name].dtype, copy=False)
                for name in self.signature
            }
        )

    @cached_property
    def _typical_columns(self) -> Columns:
        commonest = self.known.commonest_room_type
        row = [dict(row) for row in self.example if row["room_type"] == commonest]
        return self.judge(pd.DataFrame(row)).columns

    def example_frame(self) -> pd.DataFrame:
        """Return the example listings as a table that :meth:`estimate` takes."""
        return pd.DataFrame([dict(row) for row in self.example])


def _taken(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def _digest(made_by: Mapping[str, Any]) -> str:
    text = json.dumps(made_by, sort_keys=True, separators=(",", ":"), default=dict)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


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
