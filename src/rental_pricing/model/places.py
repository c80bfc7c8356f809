"""Where the training listings are, coarsely: how far is a place from the nearest of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from rental_pricing.model.linear_features import kilometres_from
from rental_pricing.model.reading import Floats

if TYPE_CHECKING:
    from collections.abc import Mapping

CELL_KM = 1.0
"""Side of a cell, in kilometres."""


@dataclass(frozen=True)
class OccupiedCells:
    """Square cells of a city that hold at least one training listing.

    On the few tens of kilometres of a city the earth is flat enough to count in a plane.

    Attributes:
        origin: Latitude and longitude of the corner of cell (0, 0), in degrees.
        cells: Row (northwards) and column (eastwards) of each, shape (cells, 2), sorted.
    """

    origin: tuple[float, float]
    cells: NDArray[np.int64]

    @classmethod
    def learn(cls, latitude: Floats, longitude: Floats) -> Self:
        """Find the cells of places in degrees; at least one place is needed."""
        origin = (float(np.min(latitude)), float(np.min(longitude)))
        cells = np.floor(_kilometres(origin, latitude, longitude) / CELL_KM)
        return cls(origin, np.unique(cells.astype("int64"), axis=0))

    def distance(self, latitude: Floats, longitude: Floats) -> Floats:
        """Return the kilometres from each place to the middle of the nearest occupied cell.

        In an occupied cell that is 0.7 at most. The places must be finite.
        """
        places = _kilometres(self.origin, latitude, longitude)
        return np.asarray(self._tree.query(places)[0], dtype="float64")

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree((self.cells + 0.5) * CELL_KM)

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, ready for JSON: the columns of each row, in one text."""
        rows: dict[str, str] = {}
        for row, column in self.cells.tolist():
            rows[str(row)] = f"{rows[str(row)]} {column}" if str(row) in rows else str(column)
        return {"cell_km": CELL_KM, "origin": list(self.origin), "columns_by_row": rows}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from what :meth:`to_dict` returned."""
        cells = [
            (int(row), int(column))
            for row, columns in data["columns_by_row"].items()
            for column in columns.split()
        ]
        return cls((data["origin"][0], data["origin"][1]), np.array(cells, dtype="int64"))

    def __eq__(self, other: object) -> bool:
        """Compare the content: arrays have no truth of their own."""
        return isinstance(other, OccupiedCells) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]


def _kilometres(origin: tuple[float, float], latitude: Floats, longitude: Floats) -> Floats:
    return kilometres_from(np.array(origin), np.column_stack([latitude, longitude]))
