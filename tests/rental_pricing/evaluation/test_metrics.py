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

TEST = pd.DataFrame(
    {
        "neighbourhood_group": ["Bronx", "Bronx", "Queens", "Queens"],
        "room_type": ["Private room"] * 4,
        "price": [100.0, 200.0, 50.0, 50.0],
        "typical_price": [110.0, 180.0, 50.0, 70.0],
        "price_low": [90.0, 150.0, 40.0, 60.0],
        "price_high": [130.0, 190.0, 60.0, 80.0],
        "baseline_price": 90.0,
        "known_host": [True, False, False, True],
    }
)
VALIDATION = pd.DataFrame(
    {
        "neighbourhood_group": ["Bronx", "Queens"],
        "room_type": ["Private room"] * 2,
        "price": [80.0, 90.0],
        "typical_price": [80.0, 100.0],
        "price_low": [70.0, 80.0],
        "price_high": [90.0, 120.0],
        "baseline_price": 90.0,
        "known_host": [True, True],
    }
)
PARTS = {"validation": VALIDATION, "test": TEST}


def test_metrics_follow_their_definitions() -> None:
    """Errors are +10, -20, 0 and +20 on prices of 100, 200, 50 and 50; two lie 10 outside."""
    assert metrics(TEST, 0.8) == pytest.approx(
        {
            "rows": 4,
            "unpriced": 0,
            "mae": 12.5,
            "rmse": math.sqrt((100 + 400 + 0 + 400) / 4),
            "r2": 1 - 900 / 15000,
            "mdape": 10.0,
            "bias": 2.5,
            "interval_coverage": 0.5,
            "interval_width": (40 + 40 + 20 + 20) / 4,
            "interval_score": (40 + 40 + 20 + 20 + 2 / 0.2 * (10 + 10)) / 4,
            "baseline_mae": (10 + 110 + 40 + 40) / 4,
            "mae_vs_baseline": 0.25,
        }
    )


def test_the_ends_of_an_interval_are_inside() -> None:
    """A price at its lower or upper end is held and costs nothing."""
    ends = TEST.assign(price_low=TEST["price"] - [0, 10, 0, 10], price_high=TEST["price"] + 10)
    found = metrics(ends, 0.8)
    assert (found["interval_coverage"], found["interval_score"]) == (1.0, 15.0)


def test_listings_without_an_estimate_are_counted_and_left_out() -> None:
    """One that was not priced changes no other metric."""
    with_one_more = pd.concat([TEST, TEST.head(1).assign(typical_price=float("nan"))])
    expected = metrics(TEST, 0.8) | {"unpriced": 1}
    assert metrics(with_one_more, 0.8) == expected


def test_what_there_is_nothing_to_divide_by_is_none() -> None:
    """R² of one listing or of one price for all, and the ratio to a perfect baseline."""
    assert metrics(TEST.head(1), 0.8)["r2"] is None
    constant = metrics(TEST.assign(price=90.0), 0.8)
    assert (constant["r2"], constant["mae_vs_baseline"], constant["baseline_mae"]) == (
        None,
        None,
        0.0,
    )


def test_no_listings_have_no_metrics() -> None:
    """They are counted, and that is all."""
    found = metrics(TEST.head(0), 0.8)
    assert {name for name, value in found.items() if value is not None} == {"rows", "unpriced"}


def test_flat_metrics_name_the_part() -> None:
    """One table of numbers, ready for any tracker; ``None`` and no NaN."""
    flat = flat_metrics(PARTS, 0.8)
    assert (flat["test_mae"], flat["validation_mae"], flat["test_rows"]) == (12.5, 5.0, 4)
    assert all(value is None or math.isfinite(value) for value in flat.values())


def test_hosts_that_training_never_saw_are_told_apart() -> None:
    """Errors of 20 and 0 for new hosts, of 10 and 20 for known ones."""
    flat = flat_metrics(PARTS, 0.8)
    assert (flat["test_new_hosts_rows"], flat["test_new_hosts_mae"]) == (2, 10.0)
    assert (flat["test_known_hosts_rows"], flat["test_known_hosts_mae"]) == (2, 15.0)
    assert flat["test_new_hosts_baseline_mae"] == 75.0
    assert (flat["validation_new_hosts_rows"], flat["validation_new_hosts_mae"]) == (0, None)


def test_the_headline_says_how_good_it_is() -> None:
    """One line for the log, in the market's currency."""
    assert headline(flat_metrics(PARTS, 0.8), "USD") == (
        "On 4 test listings: MAE 12.50 USD (50.00 for the median by borough and room type; 10.00 "
        "on 2 listings of new hosts), R² 0.94, 50.0% of prices inside their interval"
    )


def test_a_headline_without_listings_can_be_written() -> None:
    """Whatever could not be measured."""
    assert "MAE - USD" in headline(flat_metrics({"test": TEST.head(0)}, 0.8), "USD")


def test_segments_are_measured_on_their_own() -> None:
    """Each borough, room type and kind of host of each part has a row."""
    table = segment_metrics(PARTS, 0.8).set_index(["part", "segment", "value"])
    assert table.loc[("test", "borough", "Queens"), "mae"] == 10.0
    assert table.loc[("test", "room type", "Private room"), "rows"] == 4
    assert table.loc[("test", "host", "new hosts"), "mae"] == 10.0
    assert len(table) == 9


def test_segments_stand_in_the_order_of_the_parts() -> None:
    """Boroughs, room types and hosts of validation, then those of the test."""
    table = segment_metrics(PARTS, 0.8)
    assert table["part"].tolist() == ["validation"] * 4 + ["test"] * 5
    assert table["segment"].tolist()[4:] == ["borough", "borough", "room type", "host", "host"]
    swapped = segment_metrics({"test": TEST, "validation": VALIDATION}, 0.8)
    assert swapped["part"].tolist() == ["test"] * 5 + ["validation"] * 4


def test_a_category_without_listings_is_no_segment() -> None:
    """Categories that no listing of the part has are left out, not measured as empty."""
    boroughs = pd.CategoricalDtype(["Bronx", "Queens", "Brooklyn"])
    table = segment_metrics({"test": TEST.astype({"neighbourhood_group": boroughs})}, 0.8)
    assert table.query("segment == 'borough'")["value"].tolist() == ["Bronx", "Queens"]


def test_a_segment_of_one_listing_stays_a_row_of_numbers() -> None:
    """Its R² is missing; the column is still one of numbers."""
    table = segment_metrics({"test": TEST.head(1)}, 0.8)
    assert table["r2"].isna().all()
    assert (
        table.dtypes.drop(["part", "segment", "value"]).map(lambda d: d.kind).isin(["i", "f"]).all()
    )
