"""What a model looks at: permutation importance by groups of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rental_pricing.evaluation.parameters import ExplainParameters

STACKED_ROWS = 25_000
"""Rows that are estimated at once, at most, unless one shuffle alone has more."""

_Shuffle = tuple[str, np.ndarray]


def permutation_importance(
    estimate: Callable[[pd.DataFrame], np.ndarray],
    listings: pd.DataFrame,
    parameters: ExplainParameters,
    *,
    seed: int,
    stacked_rows: int = STACKED_ROWS,
) -> pd.DataFrame:
    """Rank groups of columns by what the estimates lose when a group is shuffled.

    The columns of a group move together, so that a borough never meets another one's
    coordinates (Breiman 2001; grouped as in Gregorutti et al. 2015). All shuffled copies
    are stacked and estimated in few calls.

    Args:
        estimate: Typical prices, shape (n,), for the columns of the groups of n listings;
            NaN where it gives none, which leaves that row out.
        listings: Listings with their ``price`` that the model has not learnt from.
        parameters: Groups, shuffles, and how many listings are used at most.
        seed: Of the choice of listings and of the shuffles.
        stacked_rows: Rows for one call.

    Returns:
        ``group``, ``columns``, ``mae_increase`` (mean over the shuffles, in currency per
        night) and ``std`` (over the shuffles), most important first.
    """
    draw = np.random.default_rng(seed)
    chosen = np.sort(draw.permutation(len(listings))[: parameters.max_rows])
    columns = [column for columns in parameters.groups.values() for column in columns]
    rows = listings.iloc[chosen].reset_index(drop=True)[columns]
    orders = [draw.permutation(len(rows)) for _ in range(parameters.repeats)]
    shuffles = [(group, order) for group in parameters.groups for order in orders]
    price = listings["price"].to_numpy(dtype="float64")[chosen]
    before = np.nanmean(np.abs(estimate(rows) - price))
    after = [
        np.nanmean(np.abs(one - price))
        for some in _batches(shuffles, max(stacked_rows // max(len(rows), 1), 1))
        for one in _estimated(estimate, rows, some, parameters.groups)
    ]
    increase = np.reshape(after, (len(parameters.groups), parameters.repeats)) - before
    return pd.DataFrame(
        {
            "group": list(parameters.groups),
            "columns": [", ".join(columns) for columns in parameters.groups.values()],
            "mae_increase": increase.mean(axis=1).round(4),
            "std": increase.std(axis=1, ddof=1).round(4),
        }
    ).sort_values("mae_increase", ascending=False, kind="stable", ignore_index=True)


def _batches(shuffles: Sequence[_Shuffle], size: int) -> Iterator[Sequence[_Shuffle]]:
    for start in range(0, len(shuffles), size):
        yield shuffles[start : start + size]


def _estimated(
    estimate: Callable[[pd.DataFrame], np.ndarray],
    rows: pd.DataFrame,
    shuffles: Sequence[_Shuffle],
    groups: Mapping[str, tuple[str, ...]],
) -> np.ndarray:
    """Return the estimates for each shuffled copy, shape (shuffles, rows)."""
    n = len(rows)
    columns = {}
    for name, column in rows.items():
        orders = [order if name in groups[g] else np.arange(n) for g, order in shuffles]
        columns[name] = column.take(np.concatenate(orders)).array
    return np.reshape(estimate(pd.DataFrame(columns)), (len(shuffles), n))
