"""Each delivery by itself, and its known ids."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.quality.check import Check
from rental_pricing.quality.deliveries import Account, Delivery
from rental_pricing.quality.delivery_rules import delivery_checks
from rental_pricing.quality.known import Changed, Known

FIRST, SECOND = "2024-01-01", "2024-01-08"
GOOD = Account(
    rows=1000, accepted=1000, rejected={}, examples={}, repeated_ids=0, missing_host_name=0
)


@pytest.fixture
def judge(profile: Any, parameters: dict[str, Any]) -> Any:
    """Judge a second drop with another account, profile or known ids than a good one."""
    made = profile(1000)

    def run(
        first: Account = GOOD,
        second: Account = GOOD,
        *,
        known: Known | None = None,
        now: Any = None,
        reference: Any = None,
        quality: Any = None,
    ) -> dict[str, Check]:
        nothing = Known()
        deliveries = {
            FIRST: Delivery(profile=made, account=first, previous=None, known=nothing),
            SECOND: Delivery(
                profile=now or made, account=second, previous=FIRST, known=known or nothing
            ),
        }
        limits = quality or parameters["data_validation"]
        checks = delivery_checks(deliveries, reference, parameters["market"], limits)
        return {f"{c.name} {c.column or ''}".strip(): c for c in checks if c.drop == SECOND}

    return run


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.outcome.status == "failed"}


def account(**changed: Any) -> Account:
    return Account.model_validate(GOOD.model_dump() | changed)


def test_a_good_delivery_breaks_no_rule(judge: Any) -> None:
    """Every rule is there, with its limit; only those on known ids are not run."""
    checks = judge()
    assert failed(checks) == set()
    assert all(check.outcome.threshold is not None for check in checks.values())
    waiting = {name for name, c in checks.items() if c.outcome.status == "not_run"}
    assert waiting == {"known_ids_host_id host_id", "known_ids_place",
                       "known_ids_room_type room_type", "known_ids_name name"}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "status"), [(399, "failed"), (400, "passed"), (2500, "passed"), (2501, "failed")]
)
def test_rows_must_be_within_a_band_of_the_previous_drop(
    judge: Any, rows: int, status: str
) -> None:
    """Both ends are allowed; value and limits are told."""
    check = judge(second=account(rows=rows, accepted=rows))["rows_ratio"]
    assert check.outcome.status == status
    assert (check.outcome.value, check.outcome.threshold) == (rows / 1000, "0.4 to 2.5")
    assert "drop 2024-01-01" in check.rule


SHARES: dict[str, tuple[Any, int]] = {
    "repeated_ids id": (lambda n: {"repeated_ids": n}, 10),
    "rejected_share": (lambda n: {"accepted": 1000 - n, "rejected": {}}, 150),
    "rejected_as_outside_city": (lambda n: {"rejected": {"outside_city": n}}, 10),
    "rejected_as_malformed_value": (lambda n: {"rejected": {"malformed_value": n}}, 10),
    "rejected_as_missing_value": (lambda n: {"rejected": {"missing_value": n}}, 10),
    "rejected_as_impossible_value": (lambda n: {"rejected": {"impossible_value": n}}, 10),
    "rejected_as_unknown_value": (lambda n: {"rejected": {"unknown_value": n}}, 10),
    "rejected_as_price_out_of_range": (lambda n: {"rejected": {"price_out_of_range": n}}, 100),
    "missing_share host_name": (lambda n: {"missing_host_name": n}, 10),
}


@pytest.mark.parametrize("rule", SHARES)
@pytest.mark.parametrize(("more", "status"), [(-1, "passed"), (0, "passed"), (1, "failed")])
def test_a_share_is_allowed_up_to_its_limit(judge: Any, rule: str, more: int, status: str) -> None:
    """One row more breaks the rule, and no other; value and limit are told."""
    change, limit = SHARES[rule]
    checks = judge(second=account(**change(limit + more)))
    outcome = checks[rule].outcome
    assert (outcome.status, outcome.threshold) == (status, limit / 1000)
    assert outcome.value == (limit + more) / 1000
    assert failed(checks) == ({rule} if status == "failed" else set())


def test_examples_of_rejected_rows_are_told(judge: Any) -> None:
    """Lines and ids by reason; the counts of all reasons."""
    told = {"outside_city": ["line 7, id 9: latitude 48.2 is not in 40.5 to 41.2"]}
    checks = judge(second=account(rejected={"outside_city": 400}, examples=told, accepted=600))
    assert checks["rejected_as_outside_city"].outcome.examples == tuple(told["outside_city"])
    assert checks["rejected_share"].outcome.examples == ("outside_city: 400 rows",)


def test_a_delivery_without_accepted_rows_fails_and_is_not_compared(
    judge: Any, profile: Any, rows: Any
) -> None:
    """What needs rows says that there are none."""
    empty = account(accepted=0, rejected={"missing_value": 1000})
    checks = judge(second=empty, now=profile(of=rows(10).iloc[:0]))
    assert failed(checks) == {
        "rejected_share", "rejected_as_missing_value",
        "categories_present neighbourhood_group", "categories_present room_type",
    }  # fmt: skip
    assert checks["missing_share name"].outcome.reason == "not one row was accepted"
    assert checks["two_sample price"].outcome.status == "not_run"


@pytest.mark.parametrize(("missing", "status"), [(10, "passed"), (11, "failed")])
def test_missing_values_are_limited_by_column(
    judge: Any, profile: Any, missing: int, status: str
) -> None:
    """As a share of the accepted rows."""
    made = profile(1000)
    now = made.model_copy(update={"missing": made.missing | {"availability_365": missing}})
    assert judge(now=now)["missing_share availability_365"].outcome.status == status


@pytest.mark.parametrize("column", ["neighbourhood_group", "room_type"])
@pytest.mark.parametrize(("left", "status"), [(0, "failed"), (1, "passed"), (2, "passed")])
def test_every_known_category_must_be_there(
    judge: Any, profile: Any, column: str, left: int, status: str
) -> None:
    """One row is enough for this rule; the one that lacks is named."""
    name = {"neighbourhood_group": "Bronx", "room_type": "Shared room"}[column]
    made = profile(1000)
    counts = made.categories | {column: made.categories[column] | {name: left}}
    outcome = judge(now=made.model_copy(update={"categories": counts}))[
        f"categories_present {column}"
    ].outcome
    assert (outcome.status, outcome.threshold, outcome.value) == (status, 1, left)
    assert outcome.examples == ((f"{name}: 0 rows",) if left == 0 else ())


KNOWN = {"host_id": 20, "place": 20, "room_type": 20, "name": 400}


@pytest.mark.parametrize("what", KNOWN)
@pytest.mark.parametrize(("more", "status"), [(-1, "passed"), (0, "passed"), (1, "failed")])
def test_known_ids_may_change_up_to_the_limit(
    judge: Any, what: str, more: int, status: str
) -> None:
    """Each of host, place, room type and title by its own limit."""
    limit = KNOWN[what]
    known = Known(rows=1000, changed=Changed(**{what: limit + more}))
    checks = judge(known=known)
    (check,) = (c for name, c in checks.items() if name.startswith(f"known_ids_{what}"))
    assert (check.outcome.status, check.outcome.threshold) == (status, limit / 1000)
    assert check.outcome.value == (limit + more) / 1000
    assert check.outcome.examples == (f"{limit + more} of 1000 known ids",)
    assert len(failed(checks)) == (status == "failed")


@pytest.mark.parametrize(("rows", "status"), [(99, "not_run"), (100, "failed"), (101, "failed")])
def test_few_known_ids_say_nothing(judge: Any, rows: int, status: str) -> None:
    """A hundred are enough."""
    known = Known(rows=rows, changed=Changed(place=rows))
    outcome = judge(known=known)["known_ids_place"].outcome
    assert outcome.status == status
    if status == "not_run":
        assert outcome.reason == "99 known ids, 100 needed"


def test_the_first_drop_is_compared_with_nothing(profile: Any, parameters: dict[str, Any]) -> None:
    """Rules that need an earlier drop say that there is none."""
    only = Delivery(profile=profile(1000), account=GOOD, previous=None, known=Known())
    limits = parameters["data_validation"]
    checks = delivery_checks({FIRST: only}, None, parameters["market"], limits)
    drift = [check for check in checks if check.kind == "drift"]
    assert {(c.outcome.status, c.outcome.reason) for c in drift} == {("not_run", "there is none")}
    assert {c.outcome.status for c in checks if c.kind == "rule"} == {"passed"}


def test_a_reference_takes_the_place_of_the_previous_drop_for_the_newest(
    judge: Any, profile: Any, rows: Any
) -> None:
    """For distributions; rows and known ids are compared with the previous drop as ever."""
    dear = rows(1000)
    reference = profile(of=dear.assign(price=dear["price"] * 2))
    checks = judge(reference=reference)
    assert "median_price price" in failed(checks)
    assert checks["median_price price"].rule.endswith("compared with the reference")
    assert checks["rows_ratio"].outcome.value == 1
