"""The account of every raw row: raw = kept + superseded + rejected, by drop and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rental_pricing.listings.columns import REASON
from rental_pricing.listings.ingest import FILE, MISSING_HOST_NAME
from rental_pricing.listings.selection import KEPT, REJECTED, SUPERSEDED, Fates


@dataclass(frozen=True)
class RowCounts:
    """What became of the rows of a piece of a drop.

    Attributes:
        file: Name of the drop's file.
        missing_host_name: Accepted rows of the whole drop without a host's name.
        rows: Rows of the piece.
        kept: Rows that became listings.
        superseded: Rows that another one decided in stead of.
        rejected: The other rows, by reason.
        accepted_ids: Ids of the rows that are listings, shape (accepted,).
    """

    file: str
    missing_host_name: int
    rows: int
    kept: int
    superseded: int
    rejected: Counter[str]
    accepted_ids: NDArray[np.int64]

    @classmethod
    def of(cls, piece: pd.DataFrame, fates: Fates) -> Self:
        """Count the rows of a piece of a typed drop by what became of them."""
        return cls(
            file=piece.attrs[FILE],
            missing_host_name=piece.attrs[MISSING_HOST_NAME],
            rows=len(piece),
            kept=int(np.count_nonzero(fates == KEPT)),
            superseded=int(np.count_nonzero(fates == SUPERSEDED)),
            rejected=Counter(piece.loc[fates == REJECTED, REASON].tolist()),
            accepted_ids=piece.loc[piece[REASON].isna(), "id"].to_numpy("int64"),
        )


def account_of_drop(pieces: Sequence[RowCounts]) -> dict[str, Any]:
    """Add up the pieces of a drop.

    Returns:
        ``file``, ``rows``, ``kept``, ``superseded``, ``rejected`` (rows by reason),
        ``repeated_ids`` (accepted rows beyond the first of their id) and
        ``missing_host_name`` (accepted rows without one).
    """
    rejected = sum((piece.rejected for piece in pieces), Counter())
    ids = np.concatenate([piece.accepted_ids for piece in pieces])
    return {
        "file": pieces[0].file,
        "rows": sum(piece.rows for piece in pieces),
        "kept": sum(piece.kept for piece in pieces),
        "superseded": sum(piece.superseded for piece in pieces),
        "rejected": {reason: rejected[reason] for reason in sorted(rejected)},
        "repeated_ids": int(pd.Series(ids).duplicated().sum()),
        "missing_host_name": pieces[0].missing_host_name,
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
    accounts: Mapping[str, Mapping[str, Any]],
    kept: Mapping[str, int],
    rejected: Mapping[str, Mapping[str, int]],
) -> None:
    """Prove that each raw row went somewhere, and into the tables that are saved.

    Args:
        accounts: The account of each drop, by date.
        kept: How many listings are of each drop, as counted in their table.
        rejected: Likewise how many rejected rows, by reason.

    Raises:
        AssertionError: If the sums do not; that is a defect of the program.
    """
    for day, account in accounts.items():
        accounted = account["kept"] + account["superseded"] + sum(account["rejected"].values())
        _require(day, "raw rows", account["rows"], accounted)
        _require(day, "kept", account["kept"], kept.get(day, 0))
        _require(day, "rejected", account["rejected"], dict(rejected.get(day, {})))


def _require(day: str, what: str, told: object, found: object) -> None:
    if told != found:
        msg = f"{day}: {what} {told}, but {found} are accounted for"
        raise AssertionError(msg)
