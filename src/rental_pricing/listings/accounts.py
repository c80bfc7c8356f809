"""The account of every raw row: raw = kept + superseded + rejected, by drop and reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rental_pricing.listings.columns import DELIVERED_ON, REASON
from rental_pricing.listings.ingest import FILE, MISSING_HOST_NAME
from rental_pricing.listings.selection import KEPT, REJECTED, SUPERSEDED, Fates


def account_of_drop(drop: pd.DataFrame, fates: Fates) -> dict[str, Any]:
    """Count the rows of a drop by what became of them.

    Args:
        drop: The typed drop.
        fates: What became of each row.

    Returns:
        ``file``, ``rows``, ``kept``, ``superseded``, ``rejected`` (rows by reason),
        ``repeated_ids`` (accepted rows beyond the first of their id) and
        ``missing_host_name`` (accepted rows without one).
    """
    accepted = drop.loc[drop[REASON].isna(), "id"]
    reasons = drop.loc[fates == REJECTED, REASON].value_counts().sort_index()
    return {
        "file": drop.attrs[FILE],
        "rows": len(drop),
        "kept": int(np.count_nonzero(fates == KEPT)),
        "superseded": int(np.count_nonzero(fates == SUPERSEDED)),
        "rejected": {str(reason): int(count) for reason, count in reasons.items()},
        "repeated_ids": int(accepted.duplicated().sum()),
        "missing_host_name": drop.attrs[MISSING_HOST_NAME],
    }


def total_account(accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the accounts of the drops."""
    rejected: dict[str, int] = {}
    for account in accounts.values():
        for reason, count in account["rejected"].items():
            rejected[reason] = rejected.get(reason, 0) + count
    sums = {name: sum(account[name] for account in accounts.values())
            for name in ("rows", "kept", "superseded")}  # fmt: skip
    return sums | {"rejected": dict(sorted(rejected.items()))}


def require_balance(
    accounts: Mapping[str, Mapping[str, Any]], listings: pd.DataFrame, rejected: pd.DataFrame
) -> None:
    """Prove that each raw row went somewhere, and into the tables that are saved.

    Args:
        accounts: The account of each drop, by date.
        listings: What was kept.
        rejected: What was rejected.

    Raises:
        AssertionError: If the sums do not; that is a defect of the program.
    """
    for day, account in accounts.items():
        accounted = account["kept"] + account["superseded"] + sum(account["rejected"].values())
        _require(day, "raw rows", account["rows"], accounted)
        stamp = pd.Timestamp(day)
        _require(day, "kept", account["kept"], int((listings[DELIVERED_ON] == stamp).sum()))
        of_drop = rejected.loc[rejected[DELIVERED_ON] == stamp, REASON].value_counts().to_dict()
        _require(day, "rejected", account["rejected"], of_drop)


def _require(day: str, what: str, told: object, found: object) -> None:
    if told != found:
        msg = f"{day}: {what} {told}, but {found} are accounted for"
        raise AssertionError(msg)
