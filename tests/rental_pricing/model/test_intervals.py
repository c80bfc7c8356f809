"""Conformal prediction intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rental_pricing.model.intervals import ConformalInterval


def prices(rows: int, seed: int, spread: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    estimate = generator.uniform(40, 300, rows)
    return estimate * np.exp(generator.normal(0, spread, rows)), estimate


def covered(interval: ConformalInterval, seed: int, listings: pd.DataFrame, **k: float) -> float:
    price, estimate = prices(len(listings), seed, **k)
    low, high = interval.bounds(estimate, listings)
    return float(np.mean((low <= price) & (price <= high)))


def test_the_wanted_share_of_new_prices_is_inside() -> None:
    """Calibrated on one sample, the interval holds on another."""
    price, estimate = prices(4000, seed=1)
    interval = ConformalInterval.calibrate(price, estimate, None, coverage=0.8, min_group_rows=10)
    assert covered(interval, 2, pd.DataFrame(index=range(20_000))) == pytest.approx(0.8, abs=0.02)


def test_groups_that_err_differently_have_intervals_of_their_own() -> None:
    """Overall calibration would be too wide for one group and too narrow for the other."""
    calm, wild = prices(3000, 1, spread=0.1), prices(3000, 2, spread=0.6)
    price, estimate = np.concatenate([calm, wild], axis=1)
    group = pd.Series(["calm"] * 3000 + ["wild"] * 3000, name="kind")
    interval = ConformalInterval.calibrate(price, estimate, group, coverage=0.8, min_group_rows=300)
    for kind, spread in (("calm", 0.1), ("wild", 0.6)):
        listings = pd.DataFrame({"kind": [kind] * 10_000})
        assert covered(interval, 3, listings, spread=spread) == pytest.approx(0.8, abs=0.03)


def test_small_and_unknown_groups_use_the_overall_interval() -> None:
    """A handful of listings calibrates nothing."""
    price, estimate = prices(1000, seed=1)
    group = pd.Series(["many"] * 990 + ["few"] * 10, name="kind")
    interval = ConformalInterval.calibrate(price, estimate, group, coverage=0.8, min_group_rows=300)
    listings = pd.DataFrame({"kind": ["few", "new", None]})
    low, _ = interval.bounds(np.array([100.0, 100.0, 100.0]), listings)
    assert set(interval.groups) == {"many"}
    assert low.tolist() == [100 * interval.overall[0]] * 3


def test_the_factors_are_order_statistics() -> None:
    """With ratios 0.01 to 0.99 and 80 %, the 10th and the 90th are the ends."""
    ratio = np.arange(1, 100) / 100
    interval = ConformalInterval.calibrate(
        ratio * 100, np.full(99, 100.0), None, coverage=0.8, min_group_rows=10
    )
    assert interval.overall == pytest.approx((0.10, 0.90))


def test_it_survives_json() -> None:
    """What is written to the package is what is read."""
    price, estimate = prices(500, seed=1)
    group = pd.Series(["a"] * 500, name="kind")
    interval = ConformalInterval.calibrate(price, estimate, group, coverage=0.8, min_group_rows=10)
    assert ConformalInterval.from_dict(interval.to_dict()) == interval
