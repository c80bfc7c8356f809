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
    plain, typical = _typical(pipeline, listings, price_range)
    low, high = intervals.ends(typical, intervals.size.predict(plain, typical))
    prices = np.clip(np.column_stack([typical, low, high]), *price_range).round(CENTS)
    names = ["typical_price", "price_low", "price_high"]
    return pd.DataFrame(prices, columns=names, index=listings.index)


def typical_prices(
    pipeline: Pipeline, listings: pd.DataFrame, price_range: tuple[float, float]
) -> Floats:
    """Return the typical prices alone, as :func:`estimate_prices` does, shape (rows,)."""
    return _typical(pipeline, listings, price_range)[1].round(CENTS)


def _typical(
    pipeline: Pipeline, listings: pd.DataFrame, price_range: tuple[float, float]
) -> tuple[PlainListings, Floats]:
    plain: PlainListings = pipeline[0].transform(listings)
    return plain, np.clip(pipeline[1:].predict(plain), *price_range)
