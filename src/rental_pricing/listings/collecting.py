"""Gather the rows that were chosen, and those that were rejected, piece by piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import ROWS, HeldPiece, Pieces
from rental_pricing.errors import NoListingsError
from rental_pricing.listings.accounts import (
    RowCounts,
    account_of_drop,
    require_balance,
    total_account,
)
from rental_pricing.listings.columns import (
    CATEGORY_COLUMNS,
    DELIVERED_ON,
    LISTING_DTYPES,
    REASON,
    REJECTED_COLUMNS,
)
from rental_pricing.listings.digest import ContentDigest, total_digest
from rental_pricing.listings.ingest import nothing_left_message
from rental_pricing.listings.selection import KEPT, REJECTED, Fates, LoadDrop, pieces_of, rows_of

Task = tuple[int, LoadDrop, Fates]
"""Number of a drop, what loads a piece of it, and what becomes of each row."""


@dataclass(frozen=True)
class Collected:
    """The rows of all drops, by what became of them.

    Attributes:
        listings: With the columns of ``LISTING_DTYPES``, sorted by id.
        rejected: With ``REJECTED_COLUMNS``, by drop and line; a piece a drop.
        digest: Of the content of the listings.
        account: Of the rows: ``drops`` (by date) and ``total``.
    """

    listings: Pieces
    rejected: Pieces
    digest: str
    account: dict[str, Any]


def collect_rows(
    typed_drops: Mapping[str, LoadDrop],
    fates: Mapping[str, Fates],
    engine: Engine = ONE_PROCESS,
    *,
    rows: int = ROWS,
) -> Collected:
    """Gather listings and rejected rows; a piece of a drop is in memory at a time.

    Args:
        typed_drops: Date to what loads the typed drop.
        fates: Date to what becomes of each row.
        engine: Works on the drops, and holds the result.
        rows: Of a piece of the listings.

    Raises:
        NoListingsError: If no row was kept.
    """
    days = sorted(typed_drops)
    tasks: list[Task] = [
        (drop, piece, fates[day][rows_of(piece)])
        for drop, day in enumerate(days)
        for piece in pieces_of(typed_drops[day])
    ]
    starts = _starts(tasks, engine, rows)
    split = partial(_by_destination, starts=starts, drops=len(days))
    held = engine.regroup(split, tasks, [_join_kept] * len(starts) + [_join_gone] * len(days))
    kept, gone = held[: len(starts)], held[len(starts) :]
    listed, dropped = list(engine.map(_Kept.told, kept)), list(engine.map(_Gone.told, gone))
    if not any(each.digest.rows for each in listed):
        raise NoListingsError(_nothing_left(dropped))
    accounts = {day: each.account for day, each in zip(days, dropped, strict=True)}
    of_drops: Counter[str] = sum((each.drops for each in listed), Counter())
    require_balance(
        accounts, of_drops, {day: each.reasons for day, each in zip(days, dropped, strict=True)}
    )
    return Collected(
        listings=Pieces([HeldPiece(each, "rows") for each in kept]),
        rejected=Pieces([HeldPiece(each, "rows") for each in gone]),
        digest=str(total_digest(each.digest for each in listed)),
        account={"drops": accounts, "total": total_account(accounts)},
    )


@dataclass(frozen=True)
class _Listed:
    """What is told of some listings: their digest, and how many are of each drop."""

    digest: ContentDigest
    drops: Counter[str]


@dataclass(frozen=True)
class _Kept:
    """Some listings, in the order of their ids."""

    rows: pd.DataFrame

    def told(self) -> _Listed:
        days = self.rows[DELIVERED_ON].dt.strftime("%Y-%m-%d")
        return _Listed(ContentDigest.of(self.rows), Counter(days.tolist()))


@dataclass(frozen=True)
class _Dropped:
    """What is told of a drop: its account, its rejected rows by reason, and one of each."""

    account: dict[str, Any]
    reasons: dict[str, int]
    examples: dict[str, str]


@dataclass(frozen=True)
class _Gone:
    """The rejected rows of a drop, and the account of all of its rows."""

    rows: pd.DataFrame
    account: dict[str, Any]

    def told(self) -> _Dropped:
        examples = {
            str(row.reason): f"drop {row.delivered_on:%Y-%m-%d}, line {row.line}: {row.detail}"
            for row in self.rows.drop_duplicates(REASON).itertuples()
        }
        counts = self.rows[REASON].value_counts(sort=False).items()
        reasons = {str(reason): int(count) for reason, count in counts}
        return _Dropped(self.account, reasons, examples)


def _starts(tasks: Sequence[Task], engine: Engine, rows: int) -> NDArray[np.int64]:
    """Return the lowest id of each piece of the listings."""
    count = sum(int(np.count_nonzero(fates == KEPT)) for _, _, fates in tasks)
    if count <= rows:
        return np.full(1, np.iinfo(np.int64).min)
    ids = np.sort(np.concatenate(list(engine.map(_kept_ids, tasks))))
    return ids[::rows]


def _kept_ids(task: Task) -> NDArray[np.int64]:
    _, load, fates = task
    ids: NDArray[np.int64] = load(columns=["id"])["id"].to_numpy("int64", na_value=-1)[
        fates == KEPT
    ]
    return ids


def _by_destination(
    task: Task, starts: NDArray[np.int64], drops: int
) -> list[pd.DataFrame | tuple[RowCounts, pd.DataFrame] | None]:
    """Part a piece of a drop into pieces of the listings, and what is told of its drop."""
    drop, load, fates = task
    piece = load()
    told: list[Any] = [None] * drops
    counts = RowCounts.of(piece, fates)
    piece.attrs = {}  # what is told of one drop is not true of all
    told[drop] = counts, piece.loc[fates == REJECTED, list(REJECTED_COLUMNS)]
    kept = piece.loc[fates == KEPT, list(LISTING_DTYPES)].astype({"id": "int64"})
    place = np.searchsorted(starts, kept["id"].to_numpy(), side="right") - 1
    return [*(kept[place == each] for each in range(len(starts))), *told]


def _join_kept(parts: Sequence[pd.DataFrame]) -> _Kept:
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    rows = rows.sort_values("id", ignore_index=True)
    categories = {name: rows[name].astype("category") for name in CATEGORY_COLUMNS}
    return _Kept(rows.assign(**categories).astype(LISTING_DTYPES))


def _join_gone(parts: Sequence[tuple[RowCounts, pd.DataFrame] | None]) -> _Gone:
    told = [part for part in parts if part is not None]
    rows = pd.concat([rejected for _, rejected in told], ignore_index=True)
    return _Gone(rows, account_of_drop([counts for counts, _ in told]))


def _nothing_left(drops: Sequence[_Dropped]) -> str:
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for drop in drops:
        counts.update(drop.reasons)
        examples = drop.examples | examples
    return nothing_left_message(counts, examples)
