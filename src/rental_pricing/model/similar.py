"""The listings that a model has learnt from, and which of them a listing is most similar to."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.spatial import cKDTree

from rental_pricing.model.linear_features import kilometres_from
from rental_pricing.model.titles import count_bedrooms, title_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from rental_pricing.model.reading import Floats

    Ids = NDArray[np.int64]
    Array = NDArray[Any]

KM_PER_BEDROOM = 2.0
"""A bedroom more or less counts as so many kilometres."""

KM_IF_UNTOLD = 1.0
"""That only one of two titles tells the bedrooms counts as so many kilometres."""

USUAL_BEDROOMS = 1.0
"""A title that tells no bedrooms is taken for one that tells so many."""

KM_PER_DOUBLED_STAY = 0.5
"""A minimum stay twice as long counts as so many kilometres."""

NO_ID = -1
"""Stands for the id of a listing that has none."""

SIMILAR_COLUMNS = ("rank", "similar_id", "similar_price", "distance_km", "distance")

_SPARE = 4
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("room_type", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("bedrooms", pa.float64()),
        ("minimum_nights", pa.float64()),
        ("price", pa.float64()),
        ("neighbourhood_group", pa.string()),
        ("neighbourhood", pa.string()),
    ]
)
"""The columns of the known listings. Older packages lack the areas, the last two."""


@dataclass(frozen=True)
class Homes:
    """What makes listings similar, row for row.

    Attributes:
        ids: Their ids, ``NO_ID`` for none, shape (rows,).
        room_types: Their room types, shape (rows,).
        place: Latitude and longitude in degrees, shape (rows, 2).
        bedrooms: As their titles tell, NaN where they don't, shape (rows,).
        minimum_nights: Nights, NaN where missing (taken for one), shape (rows,).
    """

    ids: Ids
    room_types: NDArray[np.object_]
    place: Floats
    bedrooms: Floats
    minimum_nights: Floats

    def points(self, centre: Floats) -> Floats:
        """Return places in a space in which similar homes are near, shape (rows, 5).

        All axes are in kilometres, or in what counts as such; the first two are north and
        east of a centre in degrees.
        """
        told = np.isfinite(self.bedrooms)
        size = np.where(told, self.bedrooms, USUAL_BEDROOMS) * KM_PER_BEDROOM
        untold = np.where(told, 0.0, KM_IF_UNTOLD)
        stay = np.log2(np.fmax(self.minimum_nights, 1.0)) * KM_PER_DOUBLED_STAY
        return np.column_stack([kilometres_from(centre, self.place), size, untold, stay])


@dataclass(frozen=True)
class KnownListings:
    """Listings with their prices, of which the most similar ones can be found.

    Attributes:
        content: A Parquet file, ordered by id; it is read when it is first needed.
    """

    content: bytes = field(repr=False)

    @classmethod
    def learn(cls, listings: pd.DataFrame) -> Self:
        """Keep what is needed of typed listings with ids and prices; any order, equal bytes."""
        rows = listings.sort_values("id", kind="stable")
        columns = {
            name: rows[name].astype("str").to_numpy()
            if pa.types.is_string(kind)
            else rows[name].to_numpy(dtype=kind.to_pandas_dtype(), na_value=np.nan)
            for name, kind in zip(SCHEMA.names, SCHEMA.types, strict=True)
            if name != "bedrooms"
        }
        columns["bedrooms"] = bedrooms(rows["name"])
        return cls(as_parquet(pa.table(columns, schema=SCHEMA)))

    @cached_property
    def _table(self) -> pd.DataFrame:
        from pyarrow import parquet  # noqa: PLC0415 - few estimates ask for it

        read: pd.DataFrame = parquet.read_table(pa.BufferReader(self.content)).to_pandas()
        return read.reindex(columns=SCHEMA.names)

    @cached_property
    def _centre(self) -> Floats:
        centre: Floats = np.median(self._table[["latitude", "longitude"]].to_numpy(), axis=0)
        return centre

    @cached_property
    def _by_room_type(self) -> dict[str, _Group]:
        return {
            str(room_type): _Group.of(rows, self._centre)
            for room_type, rows in self._table.groupby("room_type")
        }

    def __len__(self) -> int:
        """Return how many listings are known."""
        return len(self._table)

    def described(self, ids: Ids | None = None) -> pd.DataFrame:
        """Return what is known of listings, with the columns of ``SCHEMA``.

        Args:
            ids: Of known listings, shape (rows,); without them all, ordered by id.
        """
        if ids is None:
            return self._table.copy()
        rows = np.searchsorted(self._table["id"].to_numpy(), ids)
        return self._table.iloc[rows].reset_index(drop=True)

    @property
    def commonest_room_type(self) -> str:
        """The room type that most of them have; the alphabetically first of equal ones."""
        counts: Counter[str] = Counter(self._table["room_type"].tolist())
        return min(counts, key=lambda name: (-counts[name], name))

    def most_similar(self, homes: Homes, k: int) -> pd.DataFrame:
        """Find the most similar known listings of the same room type.

        The distance is Euclidean over kilometres north and east, bedrooms, and the minimum
        stay; see ``KM_PER_BEDROOM``, ``KM_IF_UNTOLD``, ``KM_PER_DOUBLED_STAY``. Of equally
        distant ones the lower id comes first. A listing is never similar to itself.

        Args:
            homes: The listings to compare.
            k: How many are wanted; fewer where no more are known.

        Returns:
            ``row`` (place in ``homes``), ``rank`` from 1, ``similar_id``, ``similar_price``
            in currency per night, ``distance_km`` as the crow flies, and ``distance``, both
            in kilometres; ordered by row and rank.
        """
        points = homes.points(self._centre)
        found = [
            group.most_similar(np.flatnonzero(homes.room_types == name), points, homes.ids, k)
            for name, group in self._by_room_type.items()
        ]
        names = ["row", *SIMILAR_COLUMNS]
        columns = [np.concatenate(each) for each in zip(*found, strict=True)]
        table = pd.DataFrame(dict(zip(names, columns, strict=True)))
        return table.sort_values(["row", "rank"], ignore_index=True)


@dataclass(frozen=True)
class _Group:
    """The known listings of one room type, by id."""

    ids: Ids
    prices: Floats
    points: Floats
    tree: cKDTree

    @classmethod
    def of(cls, rows: pd.DataFrame, centre: Floats) -> Self:
        homes = Homes(
            ids=rows["id"].to_numpy(),
            room_types=rows["room_type"].to_numpy(dtype=object),
            place=rows[["latitude", "longitude"]].to_numpy(),
            bedrooms=rows["bedrooms"].to_numpy(),
            minimum_nights=rows["minimum_nights"].to_numpy(),
        )
        points = homes.points(centre)
        return cls(homes.ids, rows["price"].to_numpy(), points, cKDTree(points))

    def most_similar(
        self, rows: NDArray[np.int64], points: Floats, ids: Ids, k: int
    ) -> tuple[Array, ...]:
        """Return the columns of :meth:`KnownListings.most_similar` for some rows."""
        points, own = points[rows], ids[rows]
        nearest, distances = self._candidates(points, k + 1)
        distances = np.where(self.ids[nearest] == own[:, None], np.inf, distances)
        order = np.lexsort((self.ids[nearest], distances), axis=1)[:, :k]
        nearest, distances = (np.take_along_axis(each, order, 1) for each in (nearest, distances))
        kept = np.isfinite(distances)
        ranks = np.broadcast_to(np.arange(1, order.shape[1] + 1), order.shape)
        offsets = self.points[nearest][:, :, :2] - points[:, None, :2]
        return (
            np.broadcast_to(rows[:, None], order.shape)[kept],
            ranks[kept],
            self.ids[nearest][kept],
            self.prices[nearest][kept],
            np.hypot(offsets[:, :, 0], offsets[:, :, 1])[kept],
            distances[kept],
        )

    def _candidates(self, points: Floats, wanted: int) -> tuple[Array, Array]:
        """Return at least the ``wanted`` nearest of each point, with all that are as near.

        The tree gives some of equally near ones; so it is asked for more, until the last one
        is farther than the last that is wanted.
        """
        count = min(wanted + _SPARE, len(self.ids))
        nearest, distances = self._ask(points, count)
        while count < len(self.ids) and wanted < count:
            tied = np.flatnonzero(distances[:, -1] <= distances[:, wanted - 1])
            if not len(tied):
                break
            count = min(2 * count, len(self.ids))
            more = self._ask(points[tied], count)
            nearest = _widened(nearest, tied, more[0], 0)
            distances = _widened(distances, tied, more[1], np.inf)
        return nearest, distances

    def _ask(self, points: Floats, count: int) -> tuple[Array, Array]:
        distances, nearest = self.tree.query(points, k=[*range(1, count + 1)])
        return np.asarray(nearest, dtype="int64"), np.asarray(distances, dtype="float64")


def _widened(table: Array, rows: NDArray[np.int64], wider: Array, filler: float) -> Array:
    """Return a table with more columns, some of its rows replaced by wider ones."""
    gap = wider.shape[1] - table.shape[1]
    result = np.pad(table, ((0, 0), (0, gap)), constant_values=filler)
    result[rows] = wider
    return result


def bedrooms(titles: Iterable[object]) -> Floats:
    """Return the bedrooms that each title tells, NaN where it tells none."""
    told = [
        count_bedrooms(title_words(each)) if isinstance(each, str) else np.nan for each in titles
    ]
    return np.array(told, dtype="float64")


def as_parquet(table: pa.Table) -> bytes:
    """Return a table of known listings as a file; equal tables are equal bytes."""
    from pyarrow import parquet  # noqa: PLC0415 - few estimates ask for it

    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
