"""Limits that make no sense are refused before anything is read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("rows.min", 6_000_000, "is above max"),
        ("rows.min", 0, "greater than or equal to 1"),
        ("max_rejected_share", 1.1, "less than or equal to 1"),
        ("max_rejected_share", float("nan"), "finite number"),
        ("max_rejected_rows.outside_city", -1, "greater than or equal to 0"),
        ("drift.rows.min", 1.2, "less than or equal to 1"),
        ("drift.rows.max", 0.9, "greater than or equal to 1"),
        ("drift.rows.max", float("inf"), "finite"),
        ("drift.max_place_km", float("nan"), "finite"),
        ("drift.alpha", 0, "greater than 0"),
        ("drift.smoothing", 0, "greater than 0"),
        ("drift.min_effect.name", 2, "less than or equal to 1"),
        ("deliveries.known.place_km", -1, "greater than or equal to 0"),
        ("bins.price.start", float("nan"), "finite"),
        ("bins.price.stop", float("inf"), "finite"),
        ("bins.price.stop", -1, "is not below stop"),
        ("bins.minimum_nights.start", 0, "above 0 on the scale log"),
        ("bins.number_of_reviews.start", -1, "above -1 on the scale log1p"),
        ("bins.price.count", 0, "greater than or equal to 1"),
        ("bins.price.count", 10**9, "less than or equal to 1000"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(
    with_limit: Any, path: str, value: float, told: str
) -> None:
    """With the parameter's name and what is wrong."""
    with pytest.raises(ValidationError, match=told):
        with_limit(path, value)


@pytest.mark.parametrize("column", ["room_type", "host_id", "host_name", "id", "delivered_on"])
def test_only_quantities_are_binned(quality: Any, with_limit: Any, column: str) -> None:
    """No category, no identifier."""
    with pytest.raises(ValidationError, match="no quantity that could be binned"):
        with_limit(f"bins.{column}", quality.bins["price"])


def test_a_column_that_no_drop_has_is_refused(with_limit: Any) -> None:
    """With the nearest name."""
    with pytest.raises(ValidationError, match="did you mean 'name'"):
        with_limit("max_missing_share.nmae", 0.1)
    with pytest.raises(ValidationError, match="no column of a drop"):
        with_limit("max_missing_share.delivered_on", 0.1)


@pytest.mark.parametrize("path", ["bins", "drift.min_effect"])
def test_every_binned_column_has_a_smallest_effect(quality: Any, path: str) -> None:
    """And no other has."""
    changed = quality.model_dump()
    block = changed
    for part in path.split("."):
        block = block[part]
    del block["latitude"]
    with pytest.raises(ValidationError, match=r"must name the same columns; .* latitude"):
        type(quality)(**changed)


def test_prices_must_be_binned(quality: Any) -> None:
    """Medians are read from their histogram."""
    changed = quality.model_dump()
    del changed["bins"]["price"], changed["drift"]["min_effect"]["price"]
    with pytest.raises(ValidationError, match="must have the column 'price'"):
        type(quality)(**changed)
