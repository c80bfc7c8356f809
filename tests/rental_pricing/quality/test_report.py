"""The report, and its table for people."""

from __future__ import annotations

from typing import Any

from rental_pricing.quality.check import Check, Outcome
from rental_pricing.quality.report import headline, make_report, report_table

DAY, NEXT_DAY = "2024-01-08", "2024-01-15"


def check(name: str, outcome: Outcome, drop: str | None = None) -> Check:
    return Check(name=name, kind="rule", column="price", rule="r", outcome=outcome, drop=drop)


def report(*checks: Check) -> dict[str, Any]:
    return make_report(
        checks, market="here", digest="abc", rows=1234, drops=[DAY, NEXT_DAY], examples=2
    )


PASSED = check("row_count", Outcome.at_most(1, 2))
WAITING = check("median_price", Outcome.not_run("there is none"), DAY)
BROKEN = check("rejected_share", Outcome.at_most(0.4, 0.15, ("a" * 999, "b", "c")), NEXT_DAY)


def test_the_report_holds_every_check_as_plain_types() -> None:
    """Names, drop, limit, value, examples, and why a rule was not run."""
    made = report(PASSED, BROKEN, WAITING)
    assert made["checks"][1] == {
        "name": "rejected_share", "kind": "rule", "drop": NEXT_DAY, "column": "price",
        "rule": "r", "status": "failed", "threshold": 0.15, "value": 0.4,
        "examples": [f"{'a' * 118} …", "b"], "more": 1, "reason": None,
    }  # fmt: skip
    assert made["checks"][2]["reason"] == "there is none"
    assert {name: made[name] for name in ("market", "digest", "rows", "drops")} == {
        "market": "here", "digest": "abc", "rows": 1234, "drops": [DAY, NEXT_DAY],
    }  # fmt: skip


def test_one_broken_rule_fails_the_report() -> None:
    """Rules that were not run do not."""
    assert report(PASSED, WAITING)["passed"]
    assert not report(PASSED, BROKEN)["passed"]


def test_the_headline_counts_what_passed_failed_and_was_not_run() -> None:
    """One line says how it stands."""
    assert headline(report(PASSED, BROKEN, WAITING)) == (
        "Validation of 1,234 listings of 2024-01-08 and 2024-01-15: "
        "1 rules passed, 1 failed, 1 not run"
    )


def test_the_table_shows_deliveries_and_listings_apart() -> None:
    """A line a delivery, then what they break, then the rules of the listings."""
    lines = [line for line in report_table(report(PASSED, BROKEN, WAITING)).splitlines() if line]
    assert lines[1] == "Deliveries"
    assert lines[3].split() == [DAY, "0", "rules", "passed,", "0", "failed,", "1", "not", "run"]
    assert lines[4].split() == [NEXT_DAY, "40.0%", "0", "rules", "passed,", "1", "failed"]
    assert lines[6].split() == [NEXT_DAY, "rejected_share", "price", "0.4", "0.15", "FAILED"]
    assert lines[7].startswith("Listings")
    assert lines[9].split() == ["row_count", "price", "1", "2", "passed"]
    assert len(lines) == 10


def test_a_rule_of_the_listings_that_was_not_run_says_why() -> None:
    """In the place of the value."""
    waiting = check("median_price", Outcome.not_run("a median lies outside the bins"))
    assert "a median lies outside the bins" in report_table(report(waiting))
