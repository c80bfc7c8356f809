"""First step: keep the listings of a drop whose price and place are plausible."""

from __future__ import annotations

import sys

import pandas as pd

PRICES = (10, 350)
"""Lowest and highest price, USD a night."""

LONGITUDES, LATITUDES = (-74.25, -73.50), (40.5, 41.2)
"""The city's bounds, degrees."""


def clean(listings: pd.DataFrame) -> pd.DataFrame:
    """Return the listings inside the bounds, with dates as dates."""
    inside = (
        listings["price"].between(*PRICES)
        & listings["longitude"].between(*LONGITUDES)
        & listings["latitude"].between(*LATITUDES)
    )
    kept = listings[inside]
    return kept.assign(last_review=pd.to_datetime(kept["last_review"]))


if __name__ == "__main__":
    source, target = sys.argv[1:]
    clean(pd.read_csv(source)).to_csv(target, index=False)
