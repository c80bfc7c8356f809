"""From listings to prices with their intervals: the one way, for training and for use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from rental_pricing.model.intervals import ScaledIntervals
    from rental_pricing.model.reading import Floats, PlainListings

CENTS = 2
"""Decimals of a price."""


def estimate_prices(
    pipeline: Pipeline,
    intervals: ScaledIntervals,
    listings: pd.DataFrame,
    price_range: tuple[float, float],
) -> pd.DataFrame:
    """Estimate typical prices and their intervals, in whole cents.

    Args:
        pipeline: The fitted model.
        intervals: Its calibrated intervals.
        listings: At least one row, with the columns that the model reads.
        price_range: Lowest and highest price of the market; nothing outside is told.

    Returns:
        ``typical_price``, ``price_low`` and ``price_high`` in currency per night, with the
        index of ``listings``; ``price_low <= typical_price <= price_high``.
    """
    plain, typical = read_and_estimate(pipeline, listings, price_range)
    sizes = intervals.size.predict(plain, typical)
    return with_ends(intervals, typical, sizes, price_range).set_axis(listings.index)


def typical_prices(
    pipeline: Pipeline, listings: pd.DataFrame, price_range: tuple[float, float]
) -> Floats:
    """Return the typical prices alone, as :func:`estimate_prices` does, shape (rows,)."""
    return read_and_estimate(pipeline, listings, price_range)[1].round(CENTS)


def read_and_estimate(
    pipeline: Pipeline, listings: pd.DataFrame, price_range: tuple[float, float]
) -> tuple[PlainListings, Floats]:
    """Return the listings as the model reads them, and the typical prices, not rounded."""
    plain: PlainListings = pipeline[0].transform(listings)
    return plain, np.clip(pipeline[1:].predict(plain), *price_range)


def with_ends(
    intervals: ScaledIntervals, typical: Floats, sizes: Floats, price_range: tuple[float, float]
) -> pd.DataFrame:
    """Return typical prices and the ends of their intervals, in whole cents.

    Args:
        intervals: Calibrated.
        typical: From :func:`read_and_estimate`, shape (n,).
        sizes: Expected sizes of their errors, shape (n,).
        price_range: As for :func:`estimate_prices`.
    """
    low, high = intervals.ends(typical, sizes)
    prices = np.clip(np.column_stack([typical, low, high]), *price_range).round(CENTS)
    return pd.DataFrame(prices, columns=["typical_price", "price_low", "price_high"])
