"""How far off the estimates are: metrics of a set of listings, and of its segments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.evaluation.baseline import NAME as BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOSTS = {"known hosts": True, "new hosts": False}
"""Whether the model has learnt from another listing of the same host."""

_SEGMENTS = {"borough": "neighbourhood_group", "room type": "room_type"}


def metrics(estimates: pd.DataFrame, coverage: float) -> dict[str, float | None]:
    """Measure estimates.

    Args:
        estimates: ``price`` (true), ``typical_price``, ``price_low``, ``price_high`` and
            ``baseline_price``, all in currency per night. Listings that the model did
            not price are counted and left out of all else.
        coverage: Share of prices that the intervals are to hold.

    Returns:
        ``rows`` that were measured and ``unpriced`` ones; ``mae``, ``rmse``, ``bias`` (mean
        of estimate minus price; negative is too low) and ``interval_width`` (mean) in
        currency per night; ``r2``; ``mdape``, the median absolute percentage error, in
        percent; ``interval_coverage``, a share; ``interval_score``, the mean width plus
        ``2 / (1 - coverage)`` times the distance of prices outside (Gneiting and Raftery
        2007, eq. 43; lower is better); ``baseline_mae``, of the median by borough and room
        type; ``mae_vs_baseline``, the ratio of both. ``None`` where there is nothing to
        divide by: no rows, one price for all, no error of the baseline.
    """
    priced = estimates[estimates["typical_price"].notna()]
    price = priced["price"].to_numpy(dtype="float64")
    error = priced["typical_price"].to_numpy(dtype="float64") - price
    mae, squared = _mean(np.abs(error)), _mean(error**2)
    baseline_mae = _mean(np.abs(priced["baseline_price"].to_numpy() - price))
    return {
        "rows": len(priced),
        "unpriced": len(estimates) - len(priced),
        "mae": mae,
        "rmse": None if squared is None else squared**0.5,
        "r2": _r2(squared, _mean((price - price.mean()) ** 2) if len(price) else None),
        "mdape": float(100 * np.median(np.abs(error) / price)) if len(price) else None,
        "bias": _mean(error),
        **_interval_metrics(priced, price, coverage),
        "baseline_mae": baseline_mae,
        "mae_vs_baseline": mae / baseline_mae if mae is not None and baseline_mae else None,
    }


def _interval_metrics(
    priced: pd.DataFrame, price: np.ndarray, coverage: float
) -> dict[str, float | None]:
    low, high = (priced[name].to_numpy() for name in ("price_low", "price_high"))
    outside = np.maximum(low - price, 0) + np.maximum(price - high, 0)
    return {
        "interval_coverage": _mean(outside == 0),
        "interval_width": _mean(high - low),
        "interval_score": _mean(high - low + 2 / (1 - coverage) * outside),
    }


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _r2(squared_error: float | None, variance: float | None) -> float | None:
    return 1 - squared_error / variance if squared_error is not None and variance else None


def flat_metrics(
    parts: Mapping[str, pd.DataFrame], coverage: float, decimals: int = 4
) -> dict[str, float | None]:
    """Measure each part, and in it the listings of known and of new hosts.

    Args:
        parts: Estimates by name of the part, with ``known_host``.
        coverage: Share of prices that the intervals are to hold.
        decimals: Kept of each number.

    Returns:
        One flat table: ``<part>_<metric>`` as in :func:`metrics`, and rows, MAE and the
        baseline's MAE as ``<part>_known_hosts_<metric>`` and ``<part>_new_hosts_<metric>``.
    """
    flat: dict[str, float | None] = {}
    for part, estimates in parts.items():
        flat |= {f"{part}_{name}": value for name, value in metrics(estimates, coverage).items()}
        for label, known in HOSTS.items():
            measured = metrics(estimates[estimates["known_host"] == known], coverage)
            prefix = f"{part}_{label.replace(' ', '_')}"
            flat |= {f"{prefix}_{name}": measured[name] for name in ("rows", "mae", "baseline_mae")}
    return {name: None if v is None else round(v, decimals) for name, v in flat.items()}


def headline(flat: Mapping[str, Any], currency: str) -> str:
    """Return the test metrics in one line, for the log."""
    told = {name: "-" if value is None else f"{value:.2f}" for name, value in flat.items()}
    coverage = flat["test_interval_coverage"]
    return (
        f"On {flat['test_rows']} test listings: MAE {told['test_mae']} {currency} "
        f"({told['test_baseline_mae']} for {BASELINE}; {told['test_new_hosts_mae']} on "
        f"{flat['test_new_hosts_rows']} listings of new hosts), R² {told['test_r2']}, "
        f"{'-' if coverage is None else f'{coverage:.1%}'} of prices inside their interval"
    )


def segment_metrics(
    parts: Mapping[str, pd.DataFrame], coverage: float, decimals: int = 4
) -> pd.DataFrame:
    """Measure each part by borough, room type and host, in the order of ``parts``.

    Returns:
        ``part``, ``segment``, ``value`` and the metrics (NaN for ``None``), one row for
        each value that the part has.
    """
    rows = [
        {"part": part, "segment": segment, "value": value, **_numbers(metrics(group, coverage))}
        for part, estimates in parts.items()
        for segment, value, group in _segments(estimates)
    ]
    return pd.DataFrame(rows).round(decimals)


def _numbers(measured: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in measured.items()}


def _segments(estimates: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for segment, column in _SEGMENTS.items():
        for value, group in estimates.groupby(column, observed=True):
            yield segment, str(value), group
    for label, known in HOSTS.items():
        group = estimates[estimates["known_host"] == known]
        if len(group):
            yield "host", label, group
