"""How far off the estimates are: metrics of a set of listings, and of its segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

if TYPE_CHECKING:
    from collections.abc import Mapping

SEGMENTS = {"borough": "neighbourhood_group", "room type": "room_type"}
"""What the metrics are broken down by: name in the reports, column."""


def metrics(estimates: pd.DataFrame) -> dict[str, float]:
    """Measure estimates.

    Args:
        estimates: ``price`` (true), ``typical_price``, ``price_low``, ``price_high`` and
            ``baseline_price``, all in currency per night; at least one row.

    Returns:
        ``rows``; ``mae``, ``rmse``, ``bias`` (mean of estimate minus price; negative is
        too low) and ``interval_width`` (mean) in currency per night; ``r2`` (NaN below
        two rows); ``mdape``, the median absolute percentage error, in percent;
        ``interval_coverage``, a share; ``baseline_mae``, the MAE of the training
        listings' median price; ``mae_vs_baseline``, the ratio of both.
    """
    price, typical = estimates["price"], estimates["typical_price"]
    inside = price.between(estimates["price_low"], estimates["price_high"])
    mae = mean_absolute_error(price, typical)
    baseline_mae = mean_absolute_error(price, estimates["baseline_price"])
    return {
        "rows": len(estimates),
        "mae": float(mae),
        "rmse": float(root_mean_squared_error(price, typical)),
        "r2": float(r2_score(price, typical)) if len(estimates) > 1 else float("nan"),
        "mdape": float(100 * (np.abs(typical - price) / price).median()),
        "bias": float((typical - price).mean()),
        "interval_coverage": float(inside.mean()),
        "interval_width": float((estimates["price_high"] - estimates["price_low"]).mean()),
        "baseline_mae": float(baseline_mae),
        "mae_vs_baseline": float(mae / baseline_mae) if baseline_mae else float("nan"),
    }


def flat_metrics(estimates: pd.DataFrame, decimals: int = 4) -> dict[str, float]:
    """Measure each part of the data: one flat table of ``<part>_<metric>``."""
    flat: dict[str, float] = {}
    for part in ("validation", "test"):
        measured = metrics(estimates[estimates["part"] == part])
        flat |= {f"{part}_{name}": round(value, decimals) for name, value in measured.items()}
    return flat


def headline(flat: Mapping[str, float], currency: str) -> str:
    """Return the test metrics in one line, for the log."""
    return (
        f"On {flat['test_rows']:.0f} test listings: MAE {flat['test_mae']:.2f} {currency} "
        f"({flat['test_baseline_mae']:.2f} for the median of all), R² {flat['test_r2']:.3f}, "
        f"{flat['test_interval_coverage']:.1%} of prices inside their interval"
    )


def segment_metrics(
    estimates: pd.DataFrame, segments: Mapping[str, str] = SEGMENTS, decimals: int = 4
) -> pd.DataFrame:
    """Measure each part of the data by segment.

    Returns:
        One row for each part, segment and value, with the metrics as columns.
    """
    rows = [
        {"part": part, "segment": segment, "value": str(value), **metrics(group)}
        for part in ("validation", "test")
        for segment, column in segments.items()
        for value, group in estimates[estimates["part"] == part].groupby(column, observed=True)
    ]
    return pd.DataFrame(rows).round(decimals)
