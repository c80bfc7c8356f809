"""How far a place is from the training listings."""

from __future__ import annotations

import numpy as np
import pytest

from rental_pricing.model.linear_features import KM_PER_DEGREE
from rental_pricing.model.places import OccupiedCells

ORIGIN = (40.0, -74.0)
EAST = 1 / KM_PER_DEGREE / np.cos(np.radians(40.0))
NORTH = 1 / KM_PER_DEGREE


@pytest.fixture
def cells() -> OccupiedCells:
    """Two listings: in cell (0, 0), and 10 km north and 3 km east of it."""
    return OccupiedCells.learn(
        np.array([40.0, 40.0 + 10.1 * NORTH]), np.array([-74.0, -74.0 + 3.1 * EAST])
    )


def test_cells_are_squares_of_a_kilometre(cells: OccupiedCells) -> None:
    """Row and column count kilometres northwards and eastwards."""
    assert cells.cells.tolist() == [[0, 0], [10, 3]]


@pytest.mark.parametrize(
    ("north", "east", "distance"),
    [(0.5, 0.5, 0), (0.5, 4.5, 4), (-2.5, 0.5, 3), (10.5, 3.5, 0), (3.5, 4.5, 5), (0, 0, 0.5**0.5)],
)
def test_distance_is_to_the_middle_of_the_nearest_cell(
    cells: OccupiedCells, north: float, east: float, distance: float
) -> None:
    """In kilometres, whatever the direction."""
    found = cells.distance(np.array([40 + north * NORTH]), np.array([-74 + east * EAST]))
    assert found == pytest.approx([distance], abs=1e-6)


def test_no_places_have_no_distances(cells: OccupiedCells) -> None:
    """An empty batch is measured as one."""
    assert cells.distance(np.empty(0), np.empty(0)).shape == (0,)


def test_cells_survive_as_plain_types(cells: OccupiedCells) -> None:
    """One short text for each row of the grid."""
    told = cells.to_dict()
    assert told["columns_by_row"] == {"0": "0", "10": "3"}
    assert OccupiedCells.from_dict(told) == cells
    assert OccupiedCells.from_dict(told | {"origin": [0, 0]}) != cells
