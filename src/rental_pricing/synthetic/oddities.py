"""The odd rows that a real feed has, planted on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rental_pricing.synthetic.city import LATITUDE_BOUNDS, LONGITUDE_BOUNDS

if TYPE_CHECKING:
    import pandas as pd

    from rental_pricing.synthetic.draws import Draws, Integers

FREE_PER_ROW: Final = 5e-4
TEN_THOUSAND_PER_ROW: Final = 2.5e-4
OUTSIDE_PER_ROW: Final = 3e-4
DUPLICATES_PER_ROW: Final = 5e-4


def plant_oddities(draws: Draws, listings: pd.DataFrame) -> pd.DataFrame:
    """Give a few rows a price of 0 or 10,000, a place outside the city, or a taken id.

    Each kind needs a fair number of rows: a drop of a handful of listings stays clean.

    Args:
        draws: The source of randomness.
        listings: Clean listings in the order of their ids.

    Returns:
        New listings, as many as before.
    """
    rows = len(listings)
    counts = [
        round(rows * share)
        for share in (FREE_PER_ROW, TEN_THOUSAND_PER_ROW, OUTSIDE_PER_ROW, DUPLICATES_PER_ROW)
    ]
    # Even positions only: a duplicate overwrites the odd row behind it.
    places = 2 * draws.distinct(rows // 2, sum(counts))
    order = np.argsort(draws.uniform(len(places)), kind="stable")
    free, dear, outside, twice = np.split(places[order], np.cumsum(counts)[:-1])
    odd = listings.copy()
    odd.loc[free, "price"] = 0
    odd.loc[dear, "price"] = 10_000
    _move_outside(draws, odd, outside)
    return _duplicate(draws, odd, twice)


def _move_outside(draws: Draws, odd: pd.DataFrame, rows: Integers) -> None:
    beyond = 0.0002 + 0.01 * draws.uniform(len(rows))
    south = draws.chance(0.5, len(rows))
    odd.loc[rows[south], "latitude"] = np.round(LATITUDE_BOUNDS[0] - beyond[south], 5)
    odd.loc[rows[~south], "longitude"] = np.round(LONGITUDE_BOUNDS[0] - beyond[~south], 5)


def _duplicate(draws: Draws, odd: pd.DataFrame, rows: Integers) -> pd.DataFrame:
    second = odd.loc[rows].copy()
    factor = 1.05 + 0.25 * draws.uniform(len(rows))
    second["price"] = np.ceil(second["price"] * factor).astype(np.int64)
    second["availability_365"] = (second["availability_365"] + 7) % 366
    second.index = second.index + 1
    odd.loc[second.index] = second
    return odd
