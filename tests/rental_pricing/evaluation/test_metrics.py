"""Metrics, worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rental_pricing.evaluation.metrics import (
    flat_metrics,
    headline,
    metrics,
    segment_metrics,
)

ESTIMATES = pd.DataFrame(
    {
        "part": ["test", "test", "test", "test", "validation", "validation"],
        "neighbourhood_group": ["Bronx", "Bronx", "Queens", "Queens", "Bronx", "Queens"],
        "room_type": ["Private room"] * 6,
        "price": [100.0, 200.0, 50.0, 50.0, 80.0, 90.0],
        "typical_price": [110.0, 180.0, 50.0, 70.0, 80.0, 100.0],
        "price_low": [90.0, 150.0, 40.0, 60.0, 70.0, 80.0],
        "price_high": [130.0, 190.0, 60.0, 80.0, 90.0, 120.0],
        "baseline_price": 90.0,
    }
)


def test_metrics_follow_their_definitions() -> None:
    """Errors are +10, -20, 0 and +20 on prices of 100, 200, 50 and 50."""
    found = metrics(ESTIMATES[ESTIMATES["part"] == "test"])
    assert found == pytest.approx(
        {
            "rows": 4,
            "mae": 12.5,
            "rmse": math.sqrt((100 + 400 + 0 + 400) / 4),
            "r2": 1 - 900 / 15000,
            "mdape": 10.0,
            "bias": 2.5,
            "interval_coverage": 0.5,
            "interval_width": (40 + 40 + 20 + 20) / 4,
            "baseline_mae": (10 + 110 + 40 + 40) / 4,
            "mae_vs_baseline": 0.25,
        }
    )


def test_flat_metrics_name_the_part() -> None:
    """One table of numbers, ready for any tracker."""
    flat = flat_metrics(ESTIMATES)
    assert (flat["test_mae"], flat["validation_mae"], flat["test_rows"]) == (12.5, 5.0, 4)
    assert all(isinstance(value, int | float) for value in flat.values())


def test_the_headline_says_how_good_it_is() -> None:
    """One line for the log, in the market's currency."""
    assert headline(flat_metrics(ESTIMATES), "USD") == (
        "On 4 test listings: MAE 12.50 USD (50.00 for the median of all), R² 0.940, "
        "50.0% of prices inside their interval"
    )


def test_segments_are_measured_on_their_own() -> None:
    """Each borough and room type of each part has a row."""
    table = segment_metrics(ESTIMATES).set_index(["part", "segment", "value"])
    assert table.loc[("test", "borough", "Queens"), "mae"] == 10.0
    assert table.loc[("test", "room type", "Private room"), "rows"] == 4
    assert len(table) == 6


def test_r2_of_a_single_listing_is_not_a_number() -> None:
    """There is no variance to explain."""
    assert math.isnan(metrics(ESTIMATES.head(1))["r2"])
