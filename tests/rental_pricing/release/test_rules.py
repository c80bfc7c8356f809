"""Each rule on both sides of its limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rental_pricing.release.comparison import Compared, Measured
from rental_pricing.release.parameters import ReleaseParameters
from rental_pricing.release.rules import Rule, rules_against_champion, rules_of_candidate

GOOD = Measured(
    rows=1000, unpriced=0, mae=30.0, baseline_mae=40.0, interval_coverage=0.8, coverage_aim=0.8
)
BETTER = Compared(
    rows=1000,
    mae_difference=-0.4,
    low=-0.6,
    high=-0.2,
    segments={"borough: Bronx": 0.1, "room type: Shared room": -0.5},
    moved_share=0.01,
    stock_rows=5000,
)
DAYS = ("2024-01-15", "2024-01-08")
NEXT = 1e-9


def report(*, broken: int = 0) -> dict[str, Any]:
    """A validation report with so many broken rules."""
    checks = [{"status": "failed"}] * broken + [{"status": "passed"}, {"status": "not_run"}]
    return {"passed": not broken, "checks": checks}


@pytest.fixture(scope="module")
def limits(parameters: dict[str, Any]) -> ReleaseParameters:
    """As in ``conf/base``."""
    found: ReleaseParameters = parameters["release"]
    return found


def alone(limits: ReleaseParameters, name: str, *, broken: int = 0, **changes: Any) -> Rule:
    """One rule about a candidate by itself."""
    withdrawn = changes.pop("withdrawn", None)
    found = rules_of_candidate(
        replace(GOOD, **changes), report(broken=broken), limits, withdrawn=withdrawn
    )
    (rule,) = (each for each in found if each.rule == name)
    return rule


def against(
    limits: ReleaseParameters,
    name: str,
    *,
    champion: Measured = GOOD,
    days: tuple[str, str] = DAYS,
    compared: Compared | None = BETTER,
    **changes: Any,
) -> Rule:
    """One rule about a candidate and a champion."""
    difference = compared and replace(compared, **changes)
    found = rules_against_champion(difference, champion, days, limits, "USD")
    (rule,) = (each for each in found if each.rule == name)
    return rule


def test_a_good_candidate_keeps_them_all(limits: ReleaseParameters) -> None:
    """Each of them has its own name, limit and words."""
    rules = rules_of_candidate(GOOD, report(), limits, withdrawn=None)
    rules += rules_against_champion(BETTER, GOOD, DAYS, limits, "USD")
    assert all(rule.passed for rule in rules)
    assert len({rule.rule for rule in rules}) == len(rules) == 9
    assert all(rule.limit is not None and rule.told for rule in rules)


@pytest.mark.parametrize(("broken", "passed"), [(0, True), (1, False), (3, False)])
def test_data_validated(limits: ReleaseParameters, broken: int, *, passed: bool) -> None:
    """No rule of the validation may be broken."""
    rule = alone(limits, "data_validated", broken=broken)
    assert (rule.passed, rule.value, rule.limit) == (passed, broken, 0)


@pytest.mark.parametrize("withdrawn", ["rolled_back", "declined", None])
def test_not_withdrawn(limits: ReleaseParameters, withdrawn: str | None) -> None:
    """What a person has rolled back or declined stays so."""
    rule = alone(limits, "not_withdrawn", withdrawn=withdrawn)
    assert rule.passed is (withdrawn is None)
    assert (withdrawn or "not withdrawn").replace("_", " ") == rule.value
    assert str(rule.value if withdrawn else "nobody").split(maxsplit=1)[0] in rule.told


@pytest.mark.parametrize(
    ("mae", "baseline", "passed"),
    [
        (38.0, 40.0, True),  # 5 % exactly
        (37.9, 40.0, True),
        (38.1, 40.0, False),
        (40.8, 40.0, False),  # as with shuffled prices
        (0.0, 0.0, False),
        (None, None, False),
    ],
)
def test_gain_over_median(
    limits: ReleaseParameters,
    mae: float | None,
    baseline: float | None,
    *,
    passed: bool,
) -> None:
    """A model that is no better than the median by enough is not worth it."""
    assert alone(limits, "gain_over_median", mae=mae, baseline_mae=baseline).passed is passed


@pytest.mark.parametrize(("mae", "passed"), [(40.0, False), (39.99, True), (40.01, False)])
def test_no_model_that_loses_to_the_median(
    limits: ReleaseParameters, mae: float, *, passed: bool
) -> None:
    """Not even where no gain is asked for."""
    none = limits.model_copy(update={"min_gain_over_median": 0.0})
    assert alone(none, "gain_over_median", mae=mae).passed is passed


@pytest.mark.parametrize(
    ("coverage", "passed"),
    [
        (0.76, True),
        (0.76 - NEXT, False),
        (0.7601, True),
        (0.84, True),
        (0.84 + NEXT, False),
        (0.8399, True),
        (None, False),
    ],
)
def test_interval_coverage(
    limits: ReleaseParameters, coverage: float | None, *, passed: bool
) -> None:
    """Within 0.04 of the aim, on either side."""
    rule = alone(limits, "interval_coverage", interval_coverage=coverage)
    assert (rule.passed, rule.limit) == (passed, "0.76 to 0.84")


@pytest.mark.parametrize(
    ("candidate", "passed"),
    [("2024-01-08", True), ("2024-01-07", False), ("2024-01-09", True), ("2023-12-31", False)],
)
def test_data_not_older(limits: ReleaseParameters, candidate: str, *, passed: bool) -> None:
    """A past week that is run again does not replace a newer model."""
    assert against(limits, "data_not_older", days=(candidate, "2024-01-08")).passed is passed


@pytest.mark.parametrize(
    ("high", "passed"), [(0.3, True), (0.3 + NEXT, False), (0.3 - NEXT, True), (-1.0, True)]
)
def test_mae_increase(limits: ReleaseParameters, high: float, *, passed: bool) -> None:
    """The upper end counts, not the mean."""
    assert against(limits, "mae_increase", high=high, mae_difference=0.2).passed is passed


OLD_ENOUGH, TOO_YOUNG = ("2024-02-06", "2024-01-08"), ("2024-02-05", "2024-01-08")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mae_difference": -0.05}, "better by 0.05 USD"),
        ({"mae_difference": -0.05 + NEXT}, None),
        ({"mae_difference": 0.2}, None),
        ({"mae_difference": 0.2, "days": OLD_ENOUGH}, "29 days older"),
        ({"mae_difference": 0.2, "days": TOO_YOUNG}, None),
        ({"mae_difference": 0.2, "champion": replace(GOOD, mae=38.1)}, "no longer acceptable"),
        ({"mae_difference": 0.2, "champion": replace(GOOD, mae=38.0)}, None),
        (
            {"mae_difference": 0.2, "champion": replace(GOOD, interval_coverage=0.7599)},
            "no longer acceptable",
        ),
        ({"mae_difference": 0.2, "champion": replace(GOOD, interval_coverage=0.76)}, None),
        ({"compared": None, "days": OLD_ENOUGH}, "29 days older"),
        ({"compared": None}, None),
    ],
)
def test_reason_to_change(
    limits: ReleaseParameters, changes: dict[str, Any], reason: str | None
) -> None:
    """Better by enough, or the champion old, or not acceptable any more: one is enough."""
    rule = against(limits, "reason_to_change", **changes)
    assert rule.passed is (reason is not None)
    assert (reason or "none of") in rule.told


@pytest.mark.parametrize(
    ("worst", "passed"), [(1.5, True), (1.5 + NEXT, False), (1.5 - NEXT, True), (-0.1, True)]
)
def test_segment_mae_increase(limits: ReleaseParameters, worst: float, *, passed: bool) -> None:
    """The worst one counts, and is named."""
    segments = {"borough: Bronx": -0.4, "borough: Queens": worst, "room type: Shared room": -0.3}
    rule = against(limits, "segment_mae_increase", segments=segments)
    assert rule.passed is passed
    assert "borough: Queens" in rule.told


def test_no_segment_is_large_enough(limits: ReleaseParameters) -> None:
    """Then none can be worse."""
    rule = against(limits, "segment_mae_increase", segments={})
    assert (rule.passed, rule.value) == (True, None)


@pytest.mark.parametrize(
    ("share", "passed"), [(0.05, True), (0.05 + NEXT, False), (0.05 - NEXT, True), (0.0, True)]
)
def test_moved_share(limits: ReleaseParameters, share: float, *, passed: bool) -> None:
    """Not more of the stock than that."""
    assert against(limits, "moved_share", moved_share=share).passed is passed


@pytest.mark.parametrize("name", ["mae_increase", "segment_mae_increase", "moved_share"])
def test_what_can_t_be_measured_is_not_kept(limits: ReleaseParameters, name: str) -> None:
    """No listing that both price: nothing is known of the difference."""
    rule = against(limits, name, compared=None)
    assert (rule.passed, rule.value) == (False, None)
