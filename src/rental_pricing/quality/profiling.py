"""Make the profile of some listings: counts and whole sums, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rental_pricing.listings.columns import DATE_COLUMNS, DELIVERED_ON, LISTING_DTYPES
from rental_pricing.quality.histograms import bin_edges
from rental_pricing.quality.profile import (
    BOROUGH,
    MICRO,
    NEIGHBOURHOOD,
    ROOM_TYPE,
    Histogram,
    Place,
    Profile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.quality.parameters import Bins

_BLOCK = 100_000
_MOST_NEIGHBOURHOODS = 2000
_OTHERS = "(others)"


def profile_rows(rows: pd.DataFrame, *, market: str, bins: Mapping[str, Bins]) -> Profile:
    """Summarise listings.

    Args:
        rows: Listings, or the accepted rows of a drop: the columns of ``LISTING_DTYPES``;
            texts or categories alike.
        market: Identity of their market.
        bins: Histogram bins by column.

    Returns:
        The profile.
    """
    boroughs, rooms = _Codes(rows[BOROUGH]), _Codes(rows[ROOM_TYPE])
    neighbourhoods = _Codes(_commonest(rows[NEIGHBOURHOOD], _MOST_NEIGHBOURHOODS))
    edges = {name: bin_edges(spec) for name, spec in sorted(bins.items())}
    numbers = {name: _bin_numbers(rows, name, edge) for name, edge in edges.items()}
    return Profile(
        market=market,
        rows=len(rows),
        missing={
            name: int(rows[name].isna().sum()) for name in LISTING_DTYPES if name != DELIVERED_ON
        },
        categories={BOROUGH: boroughs.counts(), ROOM_TYPE: rooms.counts()},
        neighbourhoods=_crossed(boroughs, neighbourhoods),
        numeric={
            name: Histogram(edges=edge.tolist(), counts=_counts(numbers[name], len(edge) + 1))
            for name, edge in edges.items()
        },
        price_by_cell=_price_by_cell(numbers["price"], boroughs, rooms, len(edges["price"]) + 1),
        places=_places(rows, boroughs),
        own_place_titles=_own_place_titles(rows["name"], neighbourhoods),
        bin_products=_bin_products(list(numbers.values()), len(rows)),
    )


def _commonest(column: pd.Series, most: int) -> pd.Series:
    """Take rare values together where there are too many: a profile must stay small."""
    values = column.astype("category")
    if len(values.cat.categories) <= most:
        return values
    counts = values.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return values.astype("str").where(values.isin(counts.index[:most]), _OTHERS)


class _Codes:
    """A column of categories as whole numbers below ``len(names)``; names are sorted."""

    def __init__(self, column: pd.Series) -> None:
        values = column.astype("category")
        names = values.cat.categories.astype("str")
        order = np.argsort(names.to_numpy(dtype="object"), kind="stable")
        self.names = [str(names[place]) for place in order]
        rank = np.empty(len(order) + 1, dtype="int64")
        rank[order] = np.arange(len(order))
        rank[-1] = len(order)  # code -1: missing
        self.numbers = rank[values.cat.codes.to_numpy()]

    @property
    def size(self) -> int:
        """Number of codes, with that of missing values."""
        return len(self.names) + 1

    def counts(self) -> dict[str, int]:
        """Count rows by category; a category without rows is left out."""
        counts = np.bincount(self.numbers, minlength=self.size).tolist()
        return {name: count for name, count in zip(self.names, counts, strict=False) if count}


def _crossed(outer: _Codes, inner: _Codes) -> dict[str, dict[str, int]]:
    pairs = np.bincount(
        outer.numbers * inner.size + inner.numbers, minlength=outer.size * inner.size
    )
    table = pairs.reshape(outer.size, inner.size).tolist()
    return {
        name: {cell: count for cell, count in zip(inner.names, row, strict=False) if count}
        for name, row in zip(outer.names, table, strict=False)
        if any(row)
    }


def _bin_numbers(rows: pd.DataFrame, name: str, edges: np.ndarray) -> np.ndarray:
    """Return each value's bin: 0 below the first edge, ``len(edges)`` from the last on, else -1."""
    column = rows[name]
    if name in DATE_COLUMNS:
        column = (rows[DELIVERED_ON] - column).dt.days
    elif LISTING_DTYPES[name] == "str":
        column = column.str.len()
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    numbers = np.searchsorted(edges, values, side="right")
    numbers[np.isnan(values)] = -1
    return numbers


def _counts(numbers: np.ndarray, size: int) -> list[int]:
    counts: list[int] = np.bincount(numbers + 1, minlength=size + 1)[1:].tolist()
    return counts


def _price_by_cell(
    prices: np.ndarray, boroughs: _Codes, rooms: _Codes, bins: int
) -> dict[str, dict[str, list[int]]]:
    shape = (boroughs.size, rooms.size, bins + 1)
    cells = np.ravel_multi_index((boroughs.numbers, rooms.numbers, prices + 1), shape)
    table = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)[..., 1:]
    return {
        borough: {
            room: counts.tolist()
            for room, counts in zip(rooms.names, table[code], strict=False)
            if counts.any()
        }
        for code, borough in enumerate(boroughs.names)
        if table[code].any()
    }


def _places(rows: pd.DataFrame, boroughs: _Codes) -> dict[str, Place]:
    counts = np.bincount(boroughs.numbers, minlength=boroughs.size)
    # Sums of whole numbers below 2**53 are exact in float64: up to 5e7 rows at 180 degrees.
    latitude, longitude = (
        np.bincount(boroughs.numbers, np.rint(rows[name] * MICRO), minlength=boroughs.size)
        for name in ("latitude", "longitude")
    )
    return {
        name: Place(
            rows=int(counts[code]), latitude=int(latitude[code]), longitude=int(longitude[code])
        )
        for code, name in enumerate(boroughs.names)
        if counts[code]
    }


def _own_place_titles(titles: pd.Series, neighbourhoods: _Codes) -> int:
    """Count titles that hold their neighbourhood's name, in any case."""
    order = np.argsort(neighbourhoods.numbers, kind="stable")
    ends = np.cumsum(np.bincount(neighbourhoods.numbers, minlength=neighbourhoods.size)).tolist()
    grouped = pc.utf8_lower(pa.array(titles.array).take(pa.array(order)))
    found = 0
    for name, start, end in zip(neighbourhoods.names, [0, *ends], ends, strict=False):
        named = pc.match_substring(grouped[start:end], name.lower())
        found += pc.sum(named).as_py() or 0
    return found


def _bin_products(numbers: list[np.ndarray], rows: int) -> list[list[int]]:
    """Return the sums of products: whole numbers below 2**53, so exact in any order."""
    total = np.zeros((len(numbers) + 1,) * 2)
    for start in range(0, rows, _BLOCK):
        parts = [np.maximum(column[start : start + _BLOCK], 0) for column in numbers]
        block = np.column_stack([np.ones(len(parts[0])), *parts])
        total += block.T @ block
    products: list[list[int]] = total.astype("int64").tolist()
    return products
