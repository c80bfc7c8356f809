"""Mergeable summaries of listings, small at any number of rows.

A profile holds counts and sums of whole numbers only; bin edges are configured, not taken
from the data. Two profiles therefore add up, in any order, to the profile of both data
sets, and profiles of different weeks can be compared. It holds no listing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rental_pricing.listings.columns import DATE_COLUMNS, DELIVERED_ON, LISTING_DTYPES
from rental_pricing.quality.histograms import bin_edges, bin_numbers, histogram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.quality.parameters import Bins

FORMAT = 2
BOROUGH, NEIGHBOURHOOD, ROOM_TYPE = "neighbourhood_group", "neighbourhood", "room_type"
MICRO = 1_000_000
"""Places are summed in whole millionths of a degree: exact in any order."""

Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """What is kept as JSON: closed (unknown names are errors) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Histogram(Record):
    """Counts by bin, one below the first edge and one from the last on."""

    edges: list[float]
    counts: list[Count]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.counts) != len(self.edges) + 1:
            msg = f"{len(self.counts)} counts do not fit {len(self.edges)} edges"
            raise ValueError(msg)
        return self


class Place(Record):
    """Rows, and the sums of their latitudes and longitudes in millionths of a degree."""

    rows: Count
    latitude: int
    longitude: int


class Profile(Record):
    """The summary of some listings.

    Attributes:
        format: Number of this format.
        market: Identity of the market.
        rows: Number of rows.
        missing: Rows without a value, by column.
        categories: Rows by borough and by room type.
        neighbourhoods: Rows by borough and neighbourhood.
        numeric: Histograms by column; dates in days before the delivery, titles by their
            length in characters.
        price_by_cell: Counts of prices by borough and room type, in the bins of ``price``.
        places: Where the rows of each borough are.
    """

    format: Literal[2] = FORMAT
    market: str
    rows: Count
    missing: dict[str, Count]
    categories: dict[str, dict[str, Count]]
    neighbourhoods: dict[str, dict[str, Count]]
    numeric: dict[str, Histogram]
    price_by_cell: dict[str, dict[str, list[Count]]]
    places: dict[str, Place]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        length = len(self.numeric["price"].counts) if "price" in self.numeric else -1
        cells = [counts for rooms in self.price_by_cell.values() for counts in rooms.values()]
        if any(len(counts) != length for counts in cells):
            msg = "price_by_cell does not fit the bins of the price"
            raise ValueError(msg)
        return self

    def __add__(self, other: Profile) -> Profile:
        """Return the profile of both data sets together.

        Raises:
            ValueError: If the profiles are of other markets or have other columns or bins.
        """
        if not comparable(self, other):
            msg = "the profiles are of other markets, columns or bins and can't be added"
            raise ValueError(msg)
        return Profile.model_validate(_added(self.model_dump(), other.model_dump()))


def comparable(one: Profile, other: Profile) -> bool:
    """Tell whether two profiles are of one market and have the same columns and bins."""
    return _shape(one) == _shape(other)


def _shape(profile: Profile) -> object:
    edges = {name: column.edges for name, column in profile.numeric.items()}
    return profile.market, sorted(profile.missing), sorted(profile.categories), edges


def _added(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    return {key: _sum(one.get(key), other.get(key), key) for key in sorted({*one, *other})}


def _sum(one: object, other: object, key: str) -> object:
    if one is None or other is None:
        return other if one is None else one
    if key in {"format", "market", "edges"}:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        return _added(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return [a + b for a, b in zip(one, other, strict=True)]
    return one + other  # type: ignore[operator]


def profile_rows(rows: pd.DataFrame, *, market: str, bins: Mapping[str, Bins]) -> Profile:
    """Summarise listings.

    Args:
        rows: Listings, or the accepted rows of a drop: the columns of ``LISTING_DTYPES``;
            texts or categories alike.
        market: Identity of their market.
        bins: Histogram bins by numeric column.

    Returns:
        The profile.
    """
    boroughs, rooms = Codes(rows[BOROUGH]), Codes(rows[ROOM_TYPE])
    edges = {name: bin_edges(spec) for name, spec in sorted(bins.items())}
    return Profile(
        market=market,
        rows=len(rows),
        missing={
            name: int(rows[name].isna().sum()) for name in LISTING_DTYPES if name != DELIVERED_ON
        },
        categories={BOROUGH: boroughs.counts(), ROOM_TYPE: rooms.counts()},
        neighbourhoods=_crossed(boroughs, Codes(rows[NEIGHBOURHOOD])),
        numeric={
            name: Histogram(edges=edge.tolist(), counts=histogram(_numbers(rows, name), edge))
            for name, edge in edges.items()
        },
        price_by_cell=_price_by_cell(rows, boroughs, rooms, edges["price"]),
        places=_places(rows, boroughs),
    )


class Codes:
    """A column of categories as whole numbers below ``len(names)``."""

    def __init__(self, column: pd.Series) -> None:
        values = column.astype("category")
        self.names = [str(name) for name in values.cat.categories]
        codes = values.cat.codes.to_numpy()
        self.numbers = np.where(codes < 0, len(self.names), codes).astype("int64")

    def counts(self) -> dict[str, int]:
        """Count rows by category; a category without rows is left out."""
        counts = np.bincount(self.numbers, minlength=len(self.names) + 1)
        named = zip(self.names, counts.tolist(), strict=False)
        return {name: count for name, count in sorted(named) if count}


def _crossed(outer: Codes, inner: Codes) -> dict[str, dict[str, int]]:
    width = len(inner.names) + 1
    table = np.bincount(
        outer.numbers * width + inner.numbers, minlength=(len(outer.names) + 1) * width
    ).reshape(-1, width)
    return {
        name: {cell: count for cell, count in sorted(zip(inner.names, row, strict=False)) if count}
        for name, row in sorted(zip(outer.names, table.tolist(), strict=False))
        if sum(row)
    }


def _numbers(rows: pd.DataFrame, name: str) -> np.ndarray:
    column = rows[name]
    if name in DATE_COLUMNS:
        column = (rows[DELIVERED_ON] - column).dt.days
    elif LISTING_DTYPES[name] == "str":
        column = column.str.len()
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    present = ~np.isnan(values)
    return values if present.all() else values[present]


def _price_by_cell(
    rows: pd.DataFrame, boroughs: Codes, rooms: Codes, edges: np.ndarray
) -> dict[str, dict[str, list[int]]]:
    bins = len(edges) + 1
    prices = bin_numbers(rows["price"].to_numpy(dtype="float64"), edges)
    shape = (len(boroughs.names) + 1, len(rooms.names) + 1, bins)
    cells = (boroughs.numbers * shape[1] + rooms.numbers) * bins + prices
    table = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    return {
        borough: {
            room: counts.tolist()
            for room, counts in sorted(zip(rooms.names, table[code], strict=False), key=_name)
            if counts.any()
        }
        for code, borough in sorted(enumerate(boroughs.names), key=lambda pair: pair[1])
        if table[code].any()
    }


def _name(pair: tuple[str, np.ndarray]) -> str:
    return pair[0]


def _places(rows: pd.DataFrame, boroughs: Codes) -> dict[str, Place]:
    size = len(boroughs.names) + 1
    counts = np.bincount(boroughs.numbers, minlength=size)
    # Sums of whole numbers below 2**53 are exact in float64: up to 5e7 rows at 180 degrees.
    latitude, longitude = (
        np.bincount(
            boroughs.numbers, np.rint(rows[name].to_numpy(dtype="float64") * MICRO), minlength=size
        )
        for name in ("latitude", "longitude")
    )
    return {
        name: Place(
            rows=int(counts[code]), latitude=int(latitude[code]), longitude=int(longitude[code])
        )
        for code, name in sorted(enumerate(boroughs.names), key=lambda pair: pair[1])
        if counts[code]
    }
