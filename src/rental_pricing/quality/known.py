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
    """What does not change of a drop's homes, one row an id, sorted by id.

    Texts are 64-bit hashes of theirs, so that a row has 48 bytes.
    """

    ids: np.ndarray
    rows: pd.DataFrame

    @classmethod
    def of(cls, pieces: Iterable[pd.DataFrame]) -> Self:
        """Take the first accepted row of each id."""
        taken = [_compact(piece) for piece in pieces]
        rows = pd.concat(taken, ignore_index=True)
        ids, first = np.unique(rows.pop("id").to_numpy(), return_index=True)
        return cls(ids, rows.take(first).reset_index(drop=True))


def _compact(accepted: pd.DataFrame) -> pd.DataFrame:
    columns = {"id": accepted["id"].to_numpy(dtype="int64")} | {
        name: hash_array(accepted[name].fillna("").array) if name in TEXT_COLUMNS
        else accepted[name].to_numpy(dtype="float64" if "itude" in name else "int64", na_value=-1)
        for name in _SAME
    }  # fmt: skip
    return pd.DataFrame(columns)


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
        host_id=_different(new["host_id"], old["host_id"]),
        place=int((distance_km(*places) > place_km).sum()),
        room_type=_different(new["room_type"], old["room_type"]),
        name=_different(new["name"], old["name"]),
    )
    return Known(rows=int(both.sum()), changed=changed)


def _different(new: pd.Series, old: pd.Series) -> int:
    return int(np.count_nonzero(new.to_numpy() != old.to_numpy()))
