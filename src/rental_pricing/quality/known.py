"""Listings that an earlier drop had too: did they keep what does not change?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

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


@dataclass(frozen=True)
class Homes:
    """What does not change of a drop's homes, one row an id, sorted by id."""

    ids: np.ndarray
    rows: pd.DataFrame

    @classmethod
    def of(cls, accepted: pd.DataFrame) -> Self:
        """Take the first accepted row of each id."""
        ids, first = np.unique(accepted["id"].to_numpy(dtype="int64"), return_index=True)
        kept = ["host_id", "latitude", "longitude", "room_type", "name"]
        return cls(ids, accepted[kept].take(first).reset_index(drop=True))


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
    new, old = now.rows[both], then.rows.take(where[both])
    places = [side[name].to_numpy() for side in (new, old) for name in ("latitude", "longitude")]
    changed = Changed(
        host_id=_different(new["host_id"], old["host_id"], -1),
        place=int((distance_km(*places) > place_km).sum()),
        room_type=_different(new["room_type"], old["room_type"], ""),
        name=_different(new["name"], old["name"], ""),
    )
    return Known(rows=int(both.sum()), changed=changed)


def _different(new: pd.Series, old: pd.Series, missing: int | str) -> int:
    one, other = new.fillna(missing).array, old.fillna(missing).array
    return int(np.asarray(one != other, dtype=bool).sum())
