"""The rules for a delivery, each at its limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from watched import FIRST, SECOND, outcome

from rental_pricing.monitoring.delivery import compare_delivery

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel


@pytest.fixture
def compare(world: Any) -> Any:
    """Compare the second week's delivery, or changes of its profile and account."""
    delivery = world.deliveries()[SECOND]

    def run(
        day: str = SECOND,
        model: PriceModel = world.model,
        account: dict[str, Any] | None = None,
        profile: dict[str, Any] | None = None,
        **limits: Any,
    ) -> dict[str, Any]:
        changed = delivery.model_copy(
            update={
                "account": delivery.account.model_copy(update=account or {}),
                "profile": delivery.profile.model_copy(update=profile or {}),
            }
        )
        given = world.with_limits(**limits).parameters
        found = compare_delivery(
            day, changed, world.typed[SECOND], model,
            given["market"], given["data_validation"].drift, given["monitoring"],
        )  # fmt: skip
        return {"checks": [check.to_dict(5) for check in found.checks],
                "new_values": found.new_values, "shifts": found.shifts}  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("day", "status"),
    [(FIRST, "passed"), ("2024-02-05", "passed"), ("2024-02-06", "failed")],
)
def test_a_model_of_more_than_four_weeks_is_old(compare: Any, day: str, status: str) -> None:
    """From its newest data to the delivery; four weeks to the day are not."""
    found = outcome(compare(day=day), "age")
    assert found["status"] == status
    assert found["examples"] == [f"its data is of {FIRST}"]


@pytest.mark.parametrize(
    ("rows", "status"),
    [(4799, "failed"), (4800, "passed"), (30_000, "passed"), (30_001, "failed")],
)
def test_the_volume_is_compared_with_the_deliveries_that_the_model_knows(
    compare: Any, rows: int, status: str
) -> None:
    """From 0.4 to 2.5 times the one that there is, of 12,000 rows."""
    assert outcome(compare(account={"rows": rows}), "volume")["status"] == status


@pytest.mark.parametrize(
    ("rows", "status", "ratio"),
    [(199, "failed", 0.398), (200, "passed", 0.4), (3000, "passed", 1),
     (225_000, "passed", 2.5), (225_100, "failed", 2.501111)],
)  # fmt: skip
def test_of_several_deliveries_the_smallest_and_the_largest_count(
    compare: Any, world: Any, rows: int, status: str, ratio: float
) -> None:
    """A first bulk file may be followed by smaller ones; between them all is well."""
    drops = {f"2024-01-0{n}": {"rows": known} for n, known in enumerate((500, 6000, 90_000), 1)}
    processing = world.model.provenance["processing"] | {"drops": drops}
    model = replace(world.model, provenance=world.model.provenance | {"processing": processing})
    found = outcome(compare(model=model, account={"rows": rows}), "volume")
    assert (found["status"], found["value"]) == (status, ratio)


def rejecting(world: Any, share: float) -> PriceModel:
    """Return the model as if this share of its rows had been set aside."""
    total = {"rows": 1000, "superseded": 0, "rejected": {"a": round(1000 * share)}}
    processing = world.model.provenance["processing"] | {"total": total}
    model: PriceModel = replace(
        world.model, provenance=world.model.provenance | {"processing": processing}
    )
    return model


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        (0.06, 0.11, "passed"),
        (0.06, 0.112, "failed"),
        (0.11, 0.06, "passed"),
        (0.112, 0.06, "failed"),
    ],
)
def test_the_share_set_aside_may_change_by_a_twentieth(
    compare: Any, world: Any, before: float, now: float, status: str
) -> None:
    """Up and down alike, since both mean that rows are judged otherwise."""
    account = {"rows": 1000, "accepted": 1000 - round(1000 * now)}
    found = outcome(compare(account=account, model=rejecting(world, before)), "rejected_change")
    assert found["status"] == status
    assert found["examples"][0] == f"{now:.1%}, before {before:.1%}"


@pytest.mark.parametrize(("rows", "status"), [(5, "passed"), (6, "passed"), (7, "failed")])
def test_unknown_values_may_be_one_row_in_a_thousand(compare: Any, rows: int, status: str) -> None:
    """Of 6,000 delivered rows."""
    found = outcome(compare(account={"rejected": {"unknown_value": rows}}), "unknown_values")
    assert found["status"] == status


@pytest.mark.parametrize(
    ("column", "other"), [("neighbourhood_group", "Bronx"), ("room_type", "Shared room")]
)
@pytest.mark.parametrize(("rows", "status"), [(57, "passed"), (58, "failed")])
def test_new_categories_may_be_a_hundredth_of_the_accepted_rows(
    compare: Any, world: Any, column: str, other: str, rows: int, status: str
) -> None:
    """Of 5,721 accepted ones."""
    profile = world.deliveries()[SECOND].profile
    assert profile.rows == 5721
    counts = profile.categories[column]
    changed = {**counts, other: counts[other] - rows, "Atlantis": rows}
    found = compare(profile={"categories": {**profile.categories, column: changed}})
    assert outcome(found, "new_categories", column)["status"] == status
    assert {"column": column, "value": "Atlantis", "rows": rows, "accepted": True} in found[
        "new_values"
    ]


def test_the_median_price_is_held_to_the_limit_of_the_monitoring(compare: Any) -> None:
    """It moved by 0.0256; the other tests keep the limits of the validation."""
    found = compare()
    value = outcome(found, "median_price", "price")["value"]
    assert 0.02 < value < 0.03
    at, below = (compare(max_median_shift=limit) for limit in (value + 1e-6, value - 1e-6))
    assert outcome(at, "median_price", "price")["status"] == "passed"
    assert outcome(below, "median_price", "price")["status"] == "failed"
    assert outcome(at, "median_price_by_cell", "price")["threshold"] == 0.2


def test_each_column_is_held_to_its_limit(compare: Any) -> None:
    """The index at its limit passes, above it does not; chance is allowed besides."""
    column = "calculated_host_listings_count"
    (moved,) = [shift for shift in compare()["shifts"] if shift.column == column]
    beyond = moved.index - moved.chance
    assert beyond > 0.001
    for large, status in ((beyond + 1e-6, "passed"), (beyond - 1e-6, "failed")):
        found = compare(stability={"moderate": 0.0, "large": large})
        assert outcome(found, "population_stability", column)["status"] == status


def test_a_delivery_of_few_rows_is_not_compared_by_distributions(compare: Any, world: Any) -> None:
    """With fewer than 500 accepted rows chance looks like drift; the account is judged."""
    profile = world.deliveries()[SECOND].profile
    few, enough = (compare(profile={"rows": rows}) for rows in (499, 500))
    assert {check["name"] for check in few["checks"]} == {
        "age", "volume", "rejected_change", "unknown_values", "comparable"
    }  # fmt: skip
    assert few["shifts"] == []
    assert {"two_sample", "population_stability"} <= {c["name"] for c in enough["checks"]}
    assert profile.rows > 500
