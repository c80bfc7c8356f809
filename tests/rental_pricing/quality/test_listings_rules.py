"""The listings as a whole."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rental_pricing.engine.pieces import InMemory
from rental_pricing.quality.check import Check
from rental_pricing.quality.deliveries import Account, Delivery
from rental_pricing.quality.known import Known
from rental_pricing.quality.listings_rules import listings_checks, look_at

TOTAL = {"rows": 1200, "kept": 1000, "superseded": 200, "rejected": {}}


@pytest.fixture
def judge(profile: Any, rows: Any, parameters: dict[str, Any]) -> Any:
    """Judge listings: 1,000 good ones unless others are given."""

    def run(
        listings: pd.DataFrame | None = None,
        *,
        made: Any = None,
        total: dict[str, Any] = TOTAL,
        limits: Any = None,
        deliveries: dict[str, Delivery] | None = None,
    ) -> dict[str, Check]:
        chosen = rows(1000) if listings is None else listings
        pieces = [InMemory(chosen[:400]), InMemory(chosen[400:])]
        shown = parameters["data_validation"].examples
        checks = listings_checks(
            [look_at(load, parameters["market"], shown) for load in pieces],
            made or profile(of=chosen),
            total,
            deliveries or {},
            parameters["market"],
            limits or parameters["data_validation"],
        )
        assert {(check.kind, check.drop) for check in checks} == {("rule", None)}
        return {f"{check.name} {check.column or ''}".strip(): check for check in checks}

    return run


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.outcome.status == "failed"}


def test_good_listings_break_no_rule(judge: Any) -> None:
    """Every rule is run, and says value and limit."""
    outcomes = [check.outcome for check in judge().values()]
    assert {outcome.status for outcome in outcomes} == {"passed"}
    assert all(o.value is not None and o.threshold is not None for o in outcomes)
    assert len(outcomes) == 16


@pytest.mark.parametrize(
    ("count", "status"),
    [(999, "failed"), (1000, "passed"), (5_000_000, "passed"), (5_000_001, "failed")],
)
def test_the_number_of_listings_is_limited_both_ways(
    judge: Any, profile: Any, count: int, status: str
) -> None:
    """Both limits are allowed themselves."""
    made = profile(1000).model_copy(update={"rows": count})
    outcome = judge(made=made)["row_count"].outcome
    assert (outcome.status, outcome.value) == (status, count)
    assert outcome.threshold == "1000 to 5000000"


@pytest.mark.parametrize(("count", "status"), [(19, "failed"), (20, "passed"), (21, "passed")])
def test_every_borough_must_have_so_many_listings(
    judge: Any, profile: Any, count: int, status: str
) -> None:
    """The one that has too few is named."""
    made = profile(1000)
    boroughs = made.categories["neighbourhood_group"] | {"Bronx": count}
    made = made.model_copy(
        update={"categories": made.categories | {"neighbourhood_group": boroughs}}
    )
    outcome = judge(made=made)["boroughs_present neighbourhood_group"].outcome
    assert (outcome.status, outcome.value, outcome.threshold) == (status, count, 20)
    assert outcome.examples == (("Bronx: 19 rows",) if status == "failed" else ())


@pytest.mark.parametrize(("missing", "status"), [(500, "passed"), (501, "failed")])
def test_missing_values_are_limited_by_column(
    judge: Any, profile: Any, missing: int, status: str
) -> None:
    """Half of the last reviews may be missing."""
    made = profile(1000)
    made = made.model_copy(update={"missing": made.missing | {"last_review": missing}})
    outcome = judge(made=made)["missing_share last_review"].outcome
    assert (outcome.status, outcome.value) == (status, missing / 1000)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("latitude", 48.2, "city_bounds latitude"),
        ("longitude", 16.4, "city_bounds longitude"),
        ("price", 351.0, "price_range price"),
        ("price", 9.0, "price_range price"),
    ],
)
def test_a_value_out_of_bounds_breaks_its_rule_and_names_the_listing(
    judge: Any, rows: Any, column: str, value: float, rule: str
) -> None:
    """The example says value, id and drop."""
    listings = rows(1000)
    listings.loc[4, column] = value
    checks = judge(listings)
    assert failed(checks) == {rule}
    assert checks[rule].outcome.examples == (f"{value} (id 5 of drop 2024-01-08)",)
    assert (checks[rule].outcome.value, checks[rule].outcome.threshold) == (1, 0)


@pytest.mark.parametrize(("price", "count"), [(10.0, 0), (350.0, 0)])
def test_the_ends_of_a_range_are_inside(judge: Any, rows: Any, price: float, count: int) -> None:
    """Bounds are allowed values."""
    listings = rows(1000)
    listings.loc[4, "price"] = price
    assert judge(listings)["price_range price"].outcome.value == count


@pytest.mark.parametrize(
    ("column", "rule"),
    [("neighbourhood_group", "known_boroughs"), ("room_type", "known_room_types")],
)
def test_an_unknown_category_is_named(judge: Any, rows: Any, column: str, rule: str) -> None:
    """A new borough or room type is a finding."""
    listings = rows(1000)
    listings.loc[3, column] = "Atlantis"
    checks = judge(listings)
    assert failed(checks) == {f"{rule} {column}"}
    outcome = checks[f"{rule} {column}"].outcome
    assert (outcome.value, outcome.examples) == (1, ("Atlantis: 1 listings",))


@pytest.mark.parametrize(("rejected", "status"), [(150, "passed"), (151, "failed")])
def test_the_rejected_share_leaves_superseded_rows_out(
    judge: Any, rejected: int, status: str
) -> None:
    """150 of the 1,000 rows that no newer one replaced, though 1,200 were delivered."""
    total = TOTAL | {"rejected": {"outside_city": rejected}}
    outcome = judge(total=total)["rejected_share"].outcome
    assert (outcome.status, outcome.value, outcome.threshold) == (status, rejected / 1000, 0.15)
    assert outcome.examples == (f"outside_city: {rejected} rows",)


def test_no_rejected_row_is_within_any_limit(judge: Any, with_limit: Any) -> None:
    """Nought of nought."""
    limits = with_limit("max_rejected_rows.outside_city", 0)
    assert judge(limits=limits)["rejected_rows"].outcome.status == "passed"


@pytest.mark.parametrize(("rejected", "status"), [(2, "passed"), (3, "failed")])
def test_rows_rejected_for_one_reason_can_be_limited(
    judge: Any, profile: Any, with_limit: Any, rejected: int, status: str
) -> None:
    """Any number is allowed unless there is a limit; examples are of the newest drops first."""
    assert "rejected_rows" not in judge()
    deliveries = {
        day: Delivery(
            profile=profile(),
            account=Account(
                rows=9, accepted=8, rejected={"outside_city": 1}, repeated_ids=0,
                examples={"outside_city": [f"line 7, id {line}: far"]}, missing_host_name=0,
            ),
            previous=None,
            known=Known(),
        )
        for line, day in enumerate(("2024-01-01", "2024-01-08"))
    }  # fmt: skip
    check = judge(
        total=TOTAL | {"rejected": {"outside_city": rejected}},
        limits=with_limit("max_rejected_rows.outside_city", 2),
        deliveries=deliveries,
    )["rejected_rows"]
    assert (check.outcome.status, check.outcome.value) == (status, rejected)
    assert check.rule == "rows set aside as outside_city"
    assert check.outcome.examples == (
        "drop 2024-01-08, line 7, id 1: far", "drop 2024-01-01, line 7, id 0: far",
    )  # fmt: skip
