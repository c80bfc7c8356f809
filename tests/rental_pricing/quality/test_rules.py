"""Rules that need no reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from rental_pricing.pipelines.data_processing.nodes import (
    report_processing,
    select_listings,
    type_listings,
)
from rental_pricing.quality.rules import fixed_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.quality.check import Check


@pytest.fixture(scope="module")
def processed(
    raw_rows: Callable[..., pd.DataFrame], parameters: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    drops = {"2024-01-08.csv": lambda: raw_rows(3000)}
    typed = type_listings(drops, parameters["market"], parameters["data_processing"])
    listings, rejected = select_listings(typed)
    return listings, rejected, report_processing(typed, listings, rejected)


@pytest.fixture
def judge(
    processed: tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]], parameters: dict[str, Any]
) -> Callable[..., dict[tuple[str, str | None], Check]]:
    def run(
        listings: pd.DataFrame | None = None, **changed: Any
    ) -> dict[tuple[str, str | None], Check]:
        rows, rejected, report = processed
        market = changed.pop("market", parameters["market"])
        options = parameters["data_validation"].model_copy(update=changed)
        chosen = rows if listings is None else listings
        checks = fixed_checks(chosen, rejected, report, market, options)
        return {(check.name, check.column): check for check in checks}

    return run


def failed(checks: dict[tuple[str, str | None], Check]) -> list[tuple[str, str | None]]:
    return [key for key, check in checks.items() if check.status == "failed"]


def test_good_listings_pass_every_rule(judge: Any) -> None:
    """Processed synthetic listings break no rule, and no rule is left out."""
    checks = judge()
    assert {check.status for check in checks.values()} == {"passed"}
    assert len(checks) == 20


def corrupted(listings: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    values = listings[column].astype("object")
    values.iloc[0] = value
    return listings.assign(**{column: values.astype(listings[column].dtype)})


@pytest.mark.parametrize(
    ("column", "value", "broken"),
    [
        ("latitude", 48.2, ("city_bounds", "latitude")),
        ("longitude", 16.4, ("city_bounds", "longitude")),
        ("price", 351.0, ("price_range", "price")),
    ],
)
def test_a_value_out_of_bounds_breaks_its_rule_and_names_the_listing(
    judge: Any, processed: Any, column: str, value: float, broken: tuple[str, str]
) -> None:
    """The example says value, id and drop."""
    listings = processed[0]
    checks = judge(corrupted(listings, column, value))
    assert failed(checks) == [broken]
    identity = listings["id"].iloc[0]
    assert checks[broken].examples == (f"{value} (id {identity} of drop 2024-01-08)",)
    assert checks[broken].value == 1


@pytest.mark.parametrize(
    ("column", "rule"),
    [("neighbourhood_group", "known_boroughs"), ("room_type", "known_room_types")],
)
def test_an_unknown_category_is_named(judge: Any, processed: Any, column: str, rule: str) -> None:
    """A new borough or room type is a finding."""
    listings = processed[0]
    listings = listings.assign(**{column: listings[column].cat.add_categories("Atlantis")})
    checks = judge(corrupted(listings, column, "Atlantis"))
    assert failed(checks) == [(rule, column)]
    assert checks[rule, column].examples[0].startswith("Atlantis (id ")


def test_a_missing_borough_is_named(judge: Any, processed: Any) -> None:
    """Each known borough must have listings."""
    listings = processed[0]
    checks = judge(listings[listings["neighbourhood_group"] != "Bronx"])
    assert failed(checks) == [("boroughs_present", "neighbourhood_group")]
    assert checks["boroughs_present", "neighbourhood_group"].examples == ("Bronx: 0 listings",)


def test_a_doubled_id_is_named(judge: Any, processed: Any) -> None:
    """Ids are unique."""
    listings = processed[0]
    doubled = pd.concat([listings, listings.head(1)], ignore_index=True)
    checks = judge(doubled)
    assert failed(checks) == [("unique_ids", "id")]
    assert checks["unique_ids", "id"].value == 2


@pytest.mark.parametrize("limits", [(1, 10), (10_000, 20_000)])
def test_the_number_of_rows_is_limited_both_ways(
    judge: Any, parameters: dict[str, Any], limits: tuple[int, int]
) -> None:
    """A drop of a few rows, or of far too many, is stopped."""
    rows = parameters["data_validation"].rows
    checks = judge(rows=rows.model_copy(update={"min": limits[0], "max": limits[1]}))
    assert failed(checks) == [("row_count", None)]


def test_too_many_missing_values_break_the_rule_of_their_column(judge: Any) -> None:
    """The share is compared with the column's limit."""
    checks = judge(max_missing_share={"last_review": 0.01})
    assert failed(checks) == [("missing_share", "last_review")]


def test_too_many_rejected_rows_break_the_rule(judge: Any) -> None:
    """The share of rows set aside is limited, and the reasons are told."""
    checks = judge(max_rejected_share=0.0)
    assert failed(checks) == [("rejected_share", None)]
    assert any("price_out_of_range" in text for text in checks["rejected_share", None].examples)


def test_rows_set_aside_for_one_reason_can_be_forbidden(judge: Any, processed: Any) -> None:
    """The example says id, drop, line and value."""
    checks = judge(max_rejected_rows={"price_out_of_range": 0})
    assert failed(checks) == [("rejected_rows", None)]
    row = processed[1].query("reason == 'price_out_of_range'").iloc[0]
    assert checks["rejected_rows", None].examples[0] == (
        f"id {row['id']} of drop 2024-01-08, line {row['line']}: {row['detail']}"
    )


def test_columns_and_types_are_compared_by_name_order_and_type(judge: Any, processed: Any) -> None:
    """Missing, unexpected, reordered or differently typed columns are all told."""
    listings = processed[0]
    checks = judge(listings.rename(columns={"price": "prise"}))
    assert checks["columns", None].examples == ("missing: price", "unexpected: prise")
    assert checks["price_range", "price"].status == "not_run"
    assert checks["price_range", "price"].reason == "the listings have no column 'price'"
    reordered = judge(listings[list(reversed(listings.columns))])
    assert failed(reordered) == [("columns", None)]
    typed = judge(listings.astype({"price": "float32"}))
    assert typed["types", None].examples == ("price: float32 instead of float64",)
