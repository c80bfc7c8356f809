"""Gather the rows that were chosen, and those that were rejected, drop by drop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rental_pricing.errors import NoListingsError
from rental_pricing.listings.accounts import account_of_drop, require_balance, total_account
from rental_pricing.listings.columns import (
    CATEGORY_COLUMNS,
    LISTING_DTYPES,
    REASON,
    REJECTED_COLUMNS,
)
from rental_pricing.listings.ingest import nothing_left_message
from rental_pricing.listings.selection import KEPT, REJECTED, Fates, LoadDrop


def collect_rows(
    typed_drops: Mapping[str, LoadDrop], fates: Mapping[str, Fates]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Gather listings and rejected rows; one drop is in memory at a time.

    Args:
        typed_drops: Date to what loads the typed drop.
        fates: Date to what becomes of each row.

    Returns:
        The listings with the columns of ``LISTING_DTYPES``, sorted by id; the rejected rows
        with ``REJECTED_COLUMNS``, by drop and line; and the account: ``drops`` (by date)
        and ``total``.

    Raises:
        NoListingsError: If no row was kept.
    """
    kept, gone, accounts = [], [], {}
    for day in sorted(typed_drops):
        drop = typed_drops[day]()
        accounts[day] = account_of_drop(drop, fates[day])
        drop.attrs = {}  # what is told of one drop is not true of all
        kept.append(drop.loc[fates[day] == KEPT, list(LISTING_DTYPES)])
        gone.append(drop.loc[fates[day] == REJECTED, list(REJECTED_COLUMNS)])
    rejected = pd.concat(gone, ignore_index=True)
    if not any(len(rows) for rows in kept):
        raise NoListingsError(_nothing_left(rejected))
    listings = _as_listings(pd.concat(kept, ignore_index=True))
    require_balance(accounts, listings, rejected)
    return listings, rejected, {"drops": accounts, "total": total_account(accounts)}


def _as_listings(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values("id", ignore_index=True)
    categories = {name: rows[name].astype("category") for name in CATEGORY_COLUMNS}
    return rows.assign(**categories).astype(LISTING_DTYPES)


def _nothing_left(rejected: pd.DataFrame) -> str:
    first = rejected.drop_duplicates(REASON)
    examples = {
        str(row.reason): f"drop {row.delivered_on:%Y-%m-%d}, line {row.line}: {row.detail}"
        for row in first.itertuples()
    }
    counts = rejected[REASON].value_counts(sort=False).items()
    return nothing_left_message({str(reason): int(count) for reason, count in counts}, examples)
