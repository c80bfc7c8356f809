"""Where each delivered row of one listing went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from rental_pricing.listings.columns import DETAIL, LINE, REASON
from rental_pricing.listings.selection import (
    KEPT,
    OUT_OF_MARKET,
    REJECTED,
    SUPERSEDED,
    LoadDrop,
    choose_rows,
)


@dataclass(frozen=True)
class Whereabouts:
    """What became of one row.

    Attributes:
        day: Date of its drop.
        line: Its line in that drop.
        fate: ``KEPT``, ``SUPERSEDED`` or ``REJECTED``.
        reason: Why it is no listing, if it is none; else empty.
        detail: The same in words.
        by: Date and line of the row that superseded it.
    """

    day: str
    line: int
    fate: int
    reason: str
    detail: str
    by: tuple[str, int] | None = None

    def __str__(self) -> str:
        """Tell it in one line."""
        told = f"{self.day}, line {self.line}: "
        why = f"{self.reason}: {self.detail}"
        if self.fate == KEPT:
            return told + "became the listing"
        if self.by is None:
            return told + f"rejected, {why}"
        rejected = f" (was rejected, {why})" if self.reason else ""
        return told + f"superseded by {self.by[0]}, line {self.by[1]}{rejected}"


def find_rows(listing_id: int, typed_drops: Mapping[str, LoadDrop]) -> list[Whereabouts]:
    """Find all rows of a listing, by drop and line, and what became of each.

    Args:
        listing_id: The listing's id.
        typed_drops: Date to what loads the typed drop; one is in memory at a time.
    """
    rows: dict[str, pd.DataFrame] = {}
    for day in sorted(typed_drops):
        is_asked = typed_drops[day](columns=["id"])["id"] == listing_id
        if is_asked.any():
            rows[day] = typed_drops[day]().loc[is_asked.fillna(value=False).to_numpy(dtype=bool)]
    if not rows:
        return []
    fates = choose_rows({day: partial(_columns, frame) for day, frame in rows.items()})
    found = [
        Whereabouts(day, int(line), int(fate), _text(reason), _text(detail))
        for day, frame in rows.items()
        for line, reason, detail, fate in zip(
            frame[LINE], frame[REASON], frame[DETAIL], fates[day], strict=True
        )
    ]
    return [_with_winner(row, found) for row in found]


def _columns(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    return frame if columns is None else frame[list(columns)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _with_winner(row: Whereabouts, rows: list[Whereabouts]) -> Whereabouts:
    """Name the row that a superseded one gave way to: the listing, or else the newest."""
    if row.fate != SUPERSEDED:
        return row
    competes = row.reason in {"", *OUT_OF_MARKET}
    later = [
        other
        for other in rows
        if other.fate in {KEPT, REJECTED}
        and (other.day > row.day or (competes and other.day == row.day))
    ]
    winner = max(later, key=lambda other: (other.fate == KEPT, other.day, other.line))
    return Whereabouts(
        row.day, row.line, row.fate, row.reason, row.detail, (winner.day, winner.line)
    )
