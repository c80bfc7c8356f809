"""Listings that an earlier drop had too: did they keep what does not change?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from pandas.util import hash_array

from rental_pricing.listings.columns import TEXT_COLUMNS
from rental_pricing.quality.profile import Count, Record
from rental_pricing.quality.statistics import distance_km


class Changed(Record):
    """Known ids with another host, place, room type or title."""

    host_id: Count = 0
    place: Count = 0
    room_type: Count = 0
    name: Count = 0


class Known(Record):
    """Ids that were accepted in two drops.

    Attributes:
        rows: How many.
        changed: How many of them differ.
    """

    rows: Count = 0
    changed: Changed = Changed()


_SAME = ("host_id", "latitude", "longitude", "room_type", "name")
KEPT_OF_HOMES = ("id", *_SAME)
"""The columns that :class:`Homes` are made of."""


@dataclass(frozen=True)
class Homes:
    """What does not change of a drop's homes, one an id, sorted by id.

    Attributes:
        ids: Their ids, shape (homes,).
        columns: What does not change, by name, shape (homes,) each. Texts are 64-bit hashes of
            theirs, so that a home has 48 bytes.
    """

    ids: np.ndarray
    columns: dict[str, np.ndarray]

    @classmethod
    def of(cls, pieces: Iterable[pd.DataFrame]) -> Self:
        """Take the first accepted row of each id."""
        taken = [_compact(piece) for piece in pieces]
        ids, first = np.unique(
            np.concatenate([each.pop("id") for each in taken]), return_index=True
        )
        # One column after the other: all of them twice would be the most of what is in memory.
        columns = {
            name: np.concatenate([each.pop(name) for each in taken])[first] for name in _SAME
        }
        return cls(ids, columns)


def _compact(accepted: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        name: hash_array(accepted[name].fillna("").array) if name in TEXT_COLUMNS
        else accepted[name].to_numpy(dtype="float64" if "itude" in name else "int64", na_value=-1)
        for name in KEPT_OF_HOMES
    }  # fmt: skip


def known_homes(now: Homes, then: Homes, place_km: float) -> Known:
    """Count the ids of both drops, and those that differ.

    Args:
        now: Homes of a drop.
        then: Homes of the previous drop.
        place_km: Kilometres that a place may move and count as unchanged.
    """
    where = np.searchsorted(then.ids, now.ids)
    where[where == len(then.ids)] = 0
    both = then.ids[where] == now.ids if len(then.ids) else np.zeros(len(now.ids), dtype=bool)
    new, old = np.flatnonzero(both), where[both]

    def different(name: str) -> int:
        return int(np.count_nonzero(now.columns[name][new] != then.columns[name][old]))

    places = [
        side.columns[name][rows]
        for side, rows in ((now, new), (then, old))
        for name in ("latitude", "longitude")
    ]
    changed = Changed(
        host_id=different("host_id"),
        place=int((distance_km(*places) > place_km).sum()),
        room_type=different("room_type"),
        name=different("name"),
    )
    return Known(rows=len(new), changed=changed)
