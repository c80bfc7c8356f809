"""The weeks so far: one row for each delivery and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rental_pricing.monitoring.error import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping

HISTORY_DTYPES = {
    "delivery": "str",
    "model": "str",
    "model_data": "str",
    "rows": "Int64",
    "accepted": "Int64",
    "rejected_share": "Float64",
    "median_price": "Float64",
    "median_shift": "Float64",
    "largest_psi": "Float64",
    "largest_psi_column": "str",
    "broken_rules": "Int64",
    "test_listings": "Int64",
    "unpriced": "Int64",
    "mae": "Float64",
    "mae_low": "Float64",
    "mae_high": "Float64",
    "bias": "Float64",
    "interval_coverage": "Float64",
    "baseline_mae": "Float64",
    "release_mae": "Float64",
    "release_listings": "Int64",
    "retrain": "boolean",
    "look": "boolean",
}
"""Columns of the history in order, with their pandas types; errors in currency per night."""

_KEY = ["delivery", "model"]
_ORDER = ["delivery", "model_data", "model"]


def known_weeks(earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Return the history so far, as it was written: with its columns, types and decimals.

    Args:
        earlier: As read; columns that an older version lacked are empty.
    """
    table = pd.DataFrame() if earlier is None else earlier
    table = table.reindex(columns=list(HISTORY_DTYPES)).astype(HISTORY_DTYPES)
    numbers = [name for name, dtype in HISTORY_DTYPES.items() if dtype == "Float64"]
    table[numbers] = table[numbers].round(DECIMALS)
    return table


def with_week(
    earlier: pd.DataFrame | None, report: Mapping[str, Any], decision: Mapping[str, Any]
) -> pd.DataFrame:
    """Add the week of a report; a row of the same delivery and model is replaced.

    Args:
        earlier: The history so far, if there is one.
        report: The drift report.
        decision: What was decided by it.

    Returns:
        The columns of ``HISTORY_DTYPES``, by delivery and model, oldest first.
    """
    before = known_weeks(earlier)
    week = known_weeks(pd.DataFrame([_row(report, decision)]))
    same = (before[_KEY] == week[_KEY].iloc[0]).all(axis=1)
    weeks = pd.concat([before[~same], week], ignore_index=True)
    return weeks.sort_values(_ORDER, ignore_index=True)


def _row(report: Mapping[str, Any], decision: Mapping[str, Any]) -> dict[str, Any]:
    error, release = report["error"], report["error_at_release"]
    farthest: Mapping[str, Any] = next(iter(report["columns"]), {})  # the farthest is the first
    broken = [check for check in report["checks"] if check["status"] == "failed"]
    return {
        "delivery": report["delivery"],
        "model": report["model"],
        "model_data": report["model_data"],
        "rows": report["rows"]["delivered"],
        "accepted": report["rows"]["accepted"],
        "rejected_share": report["rows"]["rejected_share"],
        "median_price": report["price"]["median"],
        "median_shift": report["price"]["shift"],
        "largest_psi": farthest.get("index"),
        "largest_psi_column": farthest.get("column"),
        "broken_rules": len(broken),
        "test_listings": error["rows"],
        **{name: error[name] for name in ("unpriced", "mae", "mae_low", "mae_high")},
        **{name: error[name] for name in ("bias", "interval_coverage", "baseline_mae")},
        "release_mae": release["mae"],
        "release_listings": release["rows"],
        "retrain": decision["retrain"],
        "look": decision["look"],
    }
