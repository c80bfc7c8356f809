"""The report for people, and the gate that rests on it."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.errors import ValidationFailedError
from rental_pricing.pipelines.data_validation.nodes import stop_if_failed
from rental_pricing.quality.check import Check
from rental_pricing.quality.report import headline, report_table

PASSED = Check(name="columns", kind="fixed", rule="in order", status="passed", value=0, threshold=0)
FAILED = Check(
    name="price_range",
    kind="fixed",
    column="price",
    rule="10 to 350",
    status="failed",
    value=2,
    threshold=0,
    examples=("351.0 (id 7 of drop 2024-01-08)", "9.0 (id 8 of drop 2024-01-08)"),
)
NOT_RUN = Check(
    name="two_sample", kind="statistical", column="price", rule="same", status="not_run",
    reason="there is no reference profile yet",
)  # fmt: skip


def report(*checks: Check) -> dict[str, Any]:
    return {
        "passed": not any(check.status == "failed" for check in checks),
        "digest": "abc",
        "rows": 7,
        "drops": ["2024-01-08"],
        "checks": [check.to_dict() for check in checks],
    }


def test_the_headline_counts_what_passed_failed_and_was_not_run() -> None:
    """One line says how it stands."""
    assert headline(report(PASSED, FAILED, NOT_RUN)) == (
        "Validation of 7 listings of 2024-01-08: rules passed 1, failed 1, not run 1"
    )


def test_the_table_shows_each_rule_with_its_outcome_and_reason() -> None:
    """Failures stand out; a rule that was not run says why."""
    lines = report_table(report(PASSED, FAILED, NOT_RUN)).splitlines()
    assert len(lines) == 5
    assert "FAILED" in lines[3]
    assert "there is no reference profile yet" in lines[4]
    assert "not run" in lines[4]


def test_a_report_that_passed_stops_nothing() -> None:
    """Rules that were not run do not stop the run either."""
    stop_if_failed(report(PASSED, NOT_RUN))


def test_a_broken_rule_stops_the_run_with_one_message() -> None:
    """It lists rule, column, value, limit and examples, and what to do."""
    with pytest.raises(ValidationFailedError) as error:
        stop_if_failed(report(PASSED, FAILED))
    text = str(error.value)
    assert text.startswith("1 of 2 rules are broken by the listings of 2024-01-08:")
    assert "price_range [price]: 10 to 350: found 2, limit 0" in text
    assert "such as 351.0 (id 7 of drop 2024-01-08); 9.0 (id 8" in text
    assert "parameters_data_validation.yml" in text
