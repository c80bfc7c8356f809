"""Mergeable summaries of listings, small at any number of rows.

A profile holds counts only: of values, of missing values and of histogram bins whose
edges are configured, not taken from the data. Two profiles therefore add up to the
profile of both data sets, and profiles of different weeks can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.listings.columns import CATEGORY_COLUMNS, LISTING_DTYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rental_pricing.quality.parameters import Bins

FORMAT = 1


def profile_frame(listings: pd.DataFrame, bins: Mapping[str, Bins]) -> dict[str, Any]:
    """Summarise listings.

    Args:
        listings: The listings; columns that are absent are left out of the profile.
        bins: Histogram bins by numeric column.

    Returns:
        ``rows``; ``missing`` (count by column); ``categories`` (count by value, by
        column); ``numeric`` (by column: ``edges``, and ``counts`` with one bin below
        the first edge and one from the last edge on).
    """
    present = [name for name in LISTING_DTYPES if name in listings]
    return {
        "format": FORMAT,
        "rows": len(listings),
        "missing": {name: int(listings[name].isna().sum()) for name in present},
        "categories": {
            name: _value_counts(listings[name]) for name in CATEGORY_COLUMNS if name in listings
        },
        "numeric": {
            name: _histogram(listings[name], bin_edges(spec))
            for name, spec in sorted(bins.items())
            if name in listings
        },
    }


def bin_edges(bins: Bins) -> np.ndarray:
    """Return the ``count + 1`` edges of the bins, ascending, in the column's unit."""
    space = np.geomspace if bins.scale == "log" else np.linspace
    return space(bins.start, bins.stop, bins.count + 1).round(6)


def merge_profiles(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the profile of both data sets together.

    Raises:
        ValueError: If the profiles have other formats, columns or bin edges.
    """
    if not comparable(one, other):
        msg = "the profiles were made with other columns or bins and can't be merged"
        raise ValueError(msg)
    return {
        "format": FORMAT,
        "rows": one["rows"] + other["rows"],
        "missing": _add(one["missing"], other["missing"]),
        "categories": {
            name: _add(counts, other["categories"][name])
            for name, counts in one["categories"].items()
        },
        "numeric": {
            name: {
                "edges": column["edges"],
                "counts": [
                    a + b
                    for a, b in zip(column["counts"], other["numeric"][name]["counts"], strict=True)
                ],
            }
            for name, column in one["numeric"].items()
        },
    }


def comparable(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two profiles have the same format, columns and bins."""
    return (
        one["format"] == other["format"]
        and set(one["categories"]) == set(other["categories"])
        and set(one["numeric"]) == set(other["numeric"])
        and all(
            column["edges"] == other["numeric"][name]["edges"]
            for name, column in one["numeric"].items()
        )
    )


def _value_counts(values: pd.Series) -> dict[str, int]:
    counts = values.astype("str").value_counts().sort_index()
    return {str(value): int(count) for value, count in counts.items() if count}


def _histogram(values: pd.Series, edges: np.ndarray) -> dict[str, Any]:
    present = values.dropna().to_numpy(dtype="float64")
    where = np.searchsorted(edges, present, side="right")
    counts = np.bincount(where, minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _add(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}
