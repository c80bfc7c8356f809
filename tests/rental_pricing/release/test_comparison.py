"""Two models' estimates, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.engine.pieces import InMemory, Pieces
from rental_pricing.release.comparison import compared, measured, stock_sample
from rental_pricing.release.parameters import ReleaseParameters

ONE = np.array([100.0])


@pytest.fixture(scope="module")
def limits(parameters: dict[str, Any]) -> ReleaseParameters:
    """Segments count from three listings on."""
    return ReleaseParameters(**parameters["release"].model_dump() | {"min_segment_rows": 3})


def estimates(*typical: float | None, boroughs: str = "BBBQQQ") -> pd.DataFrame:
    """Estimates for six listings that cost 100."""
    prices = pd.Series([np.nan if each is None else each for each in typical], dtype="float64")
    rooms = ["Private room", "Shared room"] * 3
    return pd.DataFrame(
        {
            "price": 100.0,
            "neighbourhood_group": list(boroughs),
            "room_type": rooms,
            "typical_price": prices,
            "price_low": prices - 10,
            "price_high": prices + 10,
            "baseline_price": 130.0,
        }
    )


def test_errors_are_compared_pair_by_pair(limits: ReleaseParameters) -> None:
    """Too high and too low count alike."""
    candidate = estimates(110, 90, 100, 100, 104, 100)
    champion = estimates(106, 94, 100, 100, 98, 100)
    stock = np.array([100.0]), np.array([100.0])
    found = compared(candidate, champion, stock, limits)
    assert found is not None
    assert (found.rows, found.mae_difference) == (6, pytest.approx(10 / 6))
    assert found.low < found.mae_difference < found.high
    assert found.segments == {
        "borough: B": pytest.approx(8 / 3),
        "borough: Q": pytest.approx(2 / 3),
        "room type: Private room": pytest.approx((4 + 0 + 2) / 3),
        "room type: Shared room": pytest.approx(4 / 3),
    }


@pytest.mark.parametrize(("least", "named"), [(3, {"B", "Q"}), (4, set()), (2, {"B", "Q"})])
def test_small_segments_are_not_judged(
    limits: ReleaseParameters, least: int, named: set[str]
) -> None:
    """Below the least number of listings that both price."""
    few = limits.model_copy(update={"min_segment_rows": least})
    found = compared(estimates(*[100] * 6), estimates(*[101] * 6), (ONE, ONE), few)
    assert found is not None
    boroughs = {name.removeprefix("borough: ") for name in found.segments if "borough" in name}
    assert boroughs == named


def test_only_what_both_price_is_compared(limits: ReleaseParameters) -> None:
    """A listing that one of them leaves out tells nothing of the difference."""
    candidate = estimates(None, 100, 100, 100, 100, 100)
    champion = estimates(150, None, 100, 100, 100, 101)
    stock = np.array([100.0]), np.array([100.0])
    found = compared(candidate, champion, stock, limits)
    assert found is not None
    assert (found.rows, found.mae_difference) == (4, -0.25)
    assert set(found.segments) == {"borough: Q"}
    assert compared(estimates(*[None] * 6), champion, stock, limits) is None


@pytest.mark.parametrize(
    ("candidate", "champion", "moved"),
    [
        (120.0, 100.0, 0),  # by 20 %, not by more
        (120.01, 100.0, 1),
        (80.0, 100.0, 0),
        (79.99, 100.0, 1),
        (100.0, 120.0, 0),  # against the champion's price
        (100.0, 126.0, 1),
        (None, 100.0, 1),
        (100.0, None, 1),
        (None, None, 0),
    ],
)
def test_what_counts_as_moved(
    limits: ReleaseParameters, candidate: float | None, champion: float | None, moved: int
) -> None:
    """More than 20 % of the champion's estimate, up or down, or priced by one alone."""
    stock = tuple(
        np.array([50.0, np.nan if each is None else each]) for each in (candidate, champion)
    )
    same = estimates(*[100] * 6)
    found = compared(same, same, stock, limits)
    assert found is not None
    assert (found.moved_share, found.stock_rows) == (moved / 2, 2)


def test_one_model_is_measured_by_itself() -> None:
    """Of the listings that it prices; how many it does not is told."""
    found = measured(estimates(None, 90, 100, 100, 100, 130), 0.8)
    assert (found.rows, found.unpriced, found.mae) == (5, 1, 8.0)
    assert (found.baseline_mae, found.interval_coverage, found.coverage_aim) == (30.0, 0.8, 0.8)
    nothing = measured(estimates(*[None] * 6), 0.8)
    assert (nothing.rows, nothing.mae, nothing.interval_coverage) == (0, None, None)


@pytest.mark.parametrize(("most", "rows"), [(9, 9), (10, 10), (11, 10)])
def test_the_stock_is_drawn_once(limits: ReleaseParameters, most: int, rows: int) -> None:
    """By the seed, in the order of the listings."""
    listings = pd.DataFrame({"id": range(10)})
    some = limits.model_copy(update={"max_stock_rows": most})
    drawn = stock_sample(Pieces.of(listings), some)["id"]
    assert len(drawn) == rows
    assert drawn.is_monotonic_increasing
    cut = Pieces([InMemory(listings[:7]), InMemory(listings[7:7]), InMemory(listings[7:])])
    for pieces in (Pieces.of(listings), cut):
        assert drawn.tolist() == stock_sample(pieces, some)["id"].tolist()
