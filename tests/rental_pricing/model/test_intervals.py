"""Conformal prediction intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from rental_pricing.errors import TooFewListingsError
from rental_pricing.model.intervals import ScaledIntervals, conformal_ends

if TYPE_CHECKING:
    from rental_pricing.model.error_size import ErrorSize

NO_SIZE = cast("ErrorSize", None)
"""The ends are calibrated and used without what tells the sizes."""


def prices(size: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    estimate = draw.uniform(40, 300, len(size))
    return estimate * np.exp(draw.normal(0, 1, len(size)) * size), estimate


def calibrated(size: np.ndarray, coverage: float = 0.8) -> ScaledIntervals:
    return ScaledIntervals.calibrate(*prices(size, 1), size, NO_SIZE, coverage)


@pytest.mark.parametrize("spread", [0.1, 0.6])
def test_the_wanted_share_is_inside_where_errors_differ(spread: float) -> None:
    """Calibrated on calm and wild listings together, the intervals hold for either."""
    intervals = calibrated(np.repeat([0.1, 0.6], 3000))
    size = np.full(10_000, spread)
    price, estimate = prices(size, seed=2)

    low, high = intervals.ends(estimate, size)

    assert np.mean((low <= price) & (price <= high)) == pytest.approx(0.8, abs=0.02)


def test_an_interval_grows_with_the_expected_error() -> None:
    """Twice the size is the square of the factor."""
    intervals = calibrated(np.full(500, 0.3))

    low, high = intervals.ends(np.array([100.0, 100.0]), np.array([0.2, 0.4]))

    assert (low[1] / 100, high[1] / 100) == pytest.approx(
        ((low[0] / 100) ** 2, (high[0] / 100) ** 2)
    )


def test_the_estimate_is_never_outside() -> None:
    """Even where all calibration prices lay above their estimates."""
    estimate = np.full(20, 100.0)
    intervals = ScaledIntervals.calibrate(estimate * 2, estimate, np.ones(20), NO_SIZE, 0.8)

    low, high = intervals.ends(np.array([100.0]), np.array([1.0]))

    assert (low.tolist(), high.tolist()) == ([100.0], [pytest.approx(200.0)])


@pytest.mark.parametrize(("rows", "expected"), [(99, (10, 90)), (10, (1, 10)), (19, (2, 18))])
def test_the_ends_are_order_statistics_of_n_plus_one(rows: int, expected: tuple[int, int]) -> None:
    """With 80 %, rank 0.9 (n + 1), rounded up, and its mirror image."""
    scores = np.random.default_rng(0).permutation(np.arange(1.0, rows + 1))

    assert conformal_ends(scores, 0.8) == expected


@pytest.mark.parametrize(
    ("rows", "coverage", "enough"),
    [(8, 0.8, False), (9, 0.8, True), (10, 0.8, True), (18, 0.9, False), (19, 0.9, True)],
)
def test_a_coverage_needs_its_listings(rows: int, coverage: float, enough: bool) -> None:  # noqa: FBT001 - the expectation
    """Below (1 + coverage) / (1 - coverage) listings there is no such rank."""
    scores = np.arange(float(rows))
    if enough:
        assert conformal_ends(scores, coverage) == (0.0, rows - 1.0)
        return
    with pytest.raises(TooFewListingsError, match=rf"on {rows} listings: it takes {rows + 1}\."):
        conformal_ends(scores, coverage)


def test_the_order_of_calibration_rows_does_not_matter() -> None:
    """Shuffled together, prices, estimates and sizes give the same ends."""
    size = np.random.default_rng(5).uniform(0.1, 0.5, 300)
    price, estimate = prices(size, 1)
    shuffled = np.random.default_rng(6).permutation(300)

    first, second = (
        ScaledIntervals.calibrate(price[rows], estimate[rows], size[rows], NO_SIZE, 0.8)
        for rows in (np.arange(300), shuffled)
    )

    assert (first.low, first.high) == (second.low, second.high)


def test_it_tells_people_what_it_is() -> None:
    """Coverage and ends, as plain types."""
    told: dict[str, Any] = calibrated(np.full(100, 0.3)).describe()

    assert told["coverage"] == 0.8
    assert told["low"] < 0 < told["high"]
