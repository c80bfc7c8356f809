"""Choose one row for each listing: its newest, if that one is in the market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rental_pricing.engine.engine import ONE_PROCESS, Engine
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
_ACCEPTED, _OUT_OF_MARKET, _SILENT = range(3)
_ROWS = 2_500_000  # whose ids are compared at once, at about 60 bytes each


class LoadDrop(Protocol):
    """Loads a typed drop, or some of its columns.

    It may have an attribute ``pieces``, which load it piece by piece; each of these has an
    attribute ``rows``, a slice that says which rows of the drop it loads.
    """

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows in the order of the file."""


def pieces_of(load: LoadDrop) -> Sequence[LoadDrop]:
    """Return what loads a drop piece by piece, in the order of the file."""
    found: Sequence[LoadDrop] = getattr(load, "pieces", (load,))
    return found


def rows_of(piece: LoadDrop) -> slice:
    """Return which rows of its drop a piece loads."""
    found: slice = getattr(piece, "rows", slice(None))
    return found


def choose_rows(
    typed_drops: Mapping[str, LoadDrop], engine: Engine = ONE_PROCESS
) -> dict[str, Fates]:
    """Say what becomes of each row of each drop.

    The newest drop decides. Within a drop the row with most reviews does, then the one that
    sorts last by all its values, missing ones first, so that the choice does not depend on
    the order of rows. A deciding row that is out of the market sets its listing aside, older
    rows notwithstanding: they say what it was, not what it is. A row that can't be read,
    lacks a value or is impossible says nothing and leaves an older one in place.

    A row is superseded where another one decided in its stead, and also where it is no
    listing and its id came again in a later drop.

    All rows of an id are compared together, and groups of ids one after the other.

    Args:
        typed_drops: Date to what loads the typed drop.
        engine: Works on the drops.

    Returns:
        Date to ``KEPT``, ``SUPERSEDED`` or ``REJECTED`` for each row.
    """
    days = sorted(typed_drops, reverse=True)  # the newest first
    pieces = [(drop, load) for drop, day in enumerate(days) for load in pieces_of(typed_drops[day])]
    rows = sum(each.stop - each.start for _, load in pieces if (each := rows_of(load)).stop)
    groups = max(1, -(-rows // _ROWS))
    drops = np.array([drop for drop, _ in pieces], dtype=np.int32)
    join = partial(_choose, drops=drops, loads=[load for _, load in pieces])
    split = partial(_by_id, groups=groups)
    held = engine.regroup(split, [load for _, load in pieces], [join] * groups)
    fates: list[Fates] = []
    for chosen in engine.map(_itself, held):
        fates = fates or [np.full(one.total, REJECTED, np.int8) for one in chosen]
        for fate, one in zip(fates, chosen, strict=True):
            fate[one.rows] = one.fates
    return {
        day: np.concatenate([fates[each] for each in np.flatnonzero(drops == drop)])
        for drop, day in enumerate(days)
    }


@dataclass(frozen=True)
class _Ids:
    """Some rows of a piece: where they are, their ids, and what their reasons mean."""

    rows: NDArray[np.int32]
    ids: NDArray[np.int64]
    kinds: NDArray[np.int8]
    total: int


@dataclass(frozen=True)
class _Chosen:
    """What becomes of some rows of a piece."""

    rows: NDArray[np.int32]
    fates: Fates
    total: int


def _itself(chosen: list[_Chosen]) -> list[_Chosen]:
    return chosen


def _by_id(load: LoadDrop, groups: int) -> list[_Ids]:
    """Part the rows of a piece by their ids; rows without one are in no part."""
    part = load(columns=["id", REASON])
    rows = np.flatnonzero(part["id"].notna())
    ids = part["id"].to_numpy("int64", na_value=-1)[rows]
    accepted = part[REASON].isna().to_numpy()[rows]
    speaks = part[REASON].isin(OUT_OF_MARKET).to_numpy()[rows]
    kinds = np.select([accepted, speaks], [_ACCEPTED, _OUT_OF_MARKET], _SILENT).astype(np.int8)
    # Ids may have a pattern; the upper bits of a product with an odd number have none.
    group = (ids.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(
        groups
    )
    return [
        _Ids(rows[mine].astype(np.int32), ids[mine], kinds[mine], len(part))
        for mine in (group == each for each in range(groups))
    ]


def _choose(
    parts: Sequence[_Ids], drops: NDArray[np.int32], loads: Sequence[LoadDrop]
) -> list[_Chosen]:
    """Choose among all rows of some ids; the parts are of pieces of newest drops first."""
    counts = [len(part.rows) for part in parts]
    drop = np.repeat(drops, counts)
    codes, _ = pd.factorize(np.concatenate([part.ids for part in parts]))
    kinds = np.concatenate([part.kinds for part in parts])
    accepted, decides = kinds == _ACCEPTED, kinds != _SILENT
    came_again = ~_is_in_newest_drop(codes, drop, np.ones(len(codes), dtype=bool))
    candidate = decides & _is_in_newest_drop(codes, drop, decides)
    beaten = _beaten(codes, drop, candidate, parts, loads)
    fates: Fates = np.full(len(codes), REJECTED, dtype=np.int8)
    fates[came_again | accepted | beaten] = SUPERSEDED
    fates[candidate & accepted & ~beaten] = KEPT
    each = np.split(fates, np.cumsum(counts)[:-1])
    return [_Chosen(part.rows, fate, part.total) for part, fate in zip(parts, each, strict=True)]


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
    parts: Sequence[_Ids],
    loads: Sequence[LoadDrop],
) -> NDArray[np.bool_]:
    """Tell the candidates that lose against another row of their id in the same drop."""
    found: NDArray[np.bool_] = np.zeros(len(codes), dtype=bool)
    rows = np.flatnonzero(candidate)
    rows = rows[np.bincount(codes[rows])[codes[rows]] > 1] if len(rows) else rows
    piece = np.repeat(np.arange(len(parts)), [len(part.rows) for part in parts])
    place = np.concatenate([part.rows for part in parts])
    for one in np.unique(drop[rows]):
        tied = rows[drop[rows] == one]
        values = [
            loads[number](columns=["id", *_ORDER]).iloc[place[mine]].set_index(mine)
            for number in np.unique(piece[tied])
            for mine in (tied[piece[tied] == number],)
        ]
        ranked = pd.concat(values).sort_values(["id", *_ORDER], na_position="first")
        found[ranked.index[ranked.duplicated("id", keep="last")]] = True
    return found
