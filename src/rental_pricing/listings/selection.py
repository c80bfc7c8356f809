"""Choose one row for each listing: its newest, if that one is in the market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rental_pricing.listings.columns import LISTING_COLUMNS, REASON

KEPT, SUPERSEDED, REJECTED = range(3)
"""What becomes of a row."""

OUT_OF_MARKET = ("unknown_value", "outside_city", "price_out_of_range")
"""A row with such a reason says what its listing is now; one with another says nothing."""

Fates = NDArray[np.int8]

_ORDER = [
    "number_of_reviews",
    *(n for n in LISTING_COLUMNS if n not in {"id", "number_of_reviews"}),
]


class LoadDrop(Protocol):
    """Loads a typed drop, or some of its columns."""

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows in the order of the file."""


def choose_rows(typed_drops: Mapping[str, LoadDrop]) -> dict[str, Fates]:
    """Say what becomes of each row of each drop.

    The newest drop decides. Within a drop the row with most reviews does, then the one that
    sorts last by all its values, missing ones first, so that the choice does not depend on
    the order of rows. A deciding row that is out of the market sets its listing aside, older
    rows notwithstanding: they say what it was, not what it is. A row that can't be read,
    lacks a value or is impossible says nothing and leaves an older one in place.

    A row is superseded where another one decided in its stead, and also where it is no
    listing and its id came again in a later drop.

    Args:
        typed_drops: Date to what loads the typed drop.

    Returns:
        Date to ``KEPT``, ``SUPERSEDED`` or ``REJECTED`` for each row.
    """
    days = sorted(typed_drops, reverse=True)
    parts = [typed_drops[day](columns=["id", REASON]) for day in days]
    counts = [len(part) for part in parts]
    drop = np.repeat(np.arange(len(days), dtype=np.int32), counts)
    codes, _ = pd.factorize(pd.concat([part["id"] for part in parts], ignore_index=True))
    accepted = np.concatenate([part[REASON].isna().to_numpy() for part in parts])
    decides = accepted | np.concatenate([part[REASON].isin(OUT_OF_MARKET) for part in parts])
    decides &= codes >= 0
    came_again = ~_is_in_newest_drop(codes, drop, codes >= 0) & (codes >= 0)
    candidate = decides & _is_in_newest_drop(codes, drop, decides)
    beaten = _beaten(codes, drop, candidate, [typed_drops[day] for day in days])
    fates: Fates = np.full(len(codes), REJECTED, dtype=np.int8)
    fates[came_again | accepted | beaten] = SUPERSEDED
    fates[candidate & accepted & ~beaten] = KEPT
    return dict(zip(days, np.split(fates, np.cumsum(counts)[:-1]), strict=True))


def _is_in_newest_drop(
    codes: NDArray[np.int64], drop: NDArray[np.int32], among: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell the rows whose drop is the newest of their id among some of the rows."""
    newest = np.full(codes.max(initial=-1) + 1, -1, dtype=np.int32)
    rows = np.flatnonzero(among)[::-1]  # newest drops last: of several values the last one stays
    newest[codes[rows]] = drop[rows]
    found: NDArray[np.bool_] = np.zeros(len(codes), dtype=bool)
    found[rows] = drop[rows] == newest[codes[rows]]
    return found


def _beaten(
    codes: NDArray[np.int64],
    drop: NDArray[np.int32],
    candidate: NDArray[np.bool_],
    loads: list[LoadDrop],
) -> NDArray[np.bool_]:
    """Tell the candidates that lose against another row of their id in the same drop."""
    found: NDArray[np.bool_] = np.zeros(len(codes), dtype=bool)
    rows = np.flatnonzero(candidate)
    rows = rows[np.bincount(codes[rows])[codes[rows]] > 1] if len(rows) else rows
    for position in np.unique(drop[rows]):
        tied = rows[drop[rows] == position]
        values = loads[position](columns=["id", *_ORDER]).iloc[tied - np.argmax(drop == position)]
        ranked = values.set_index(tied).sort_values(["id", *_ORDER], na_position="first")
        found[ranked.index[ranked.duplicated("id", keep="last")]] = True
    return found
