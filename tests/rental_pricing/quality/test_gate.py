"""Only judged, passed listings of the same market are used."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rental_pricing.errors import UnvalidatedDataError, ValidationFailedError
from rental_pricing.listings.digest import content_digest
from rental_pricing.quality.gate import failed_message, require_passed, require_validated

LISTINGS = pd.DataFrame({"id": [1, 2], "price": [70.0, 80.0]})


def check(**changed: Any) -> dict[str, Any]:
    return {
        "name": "price_range",
        "drop": None,
        "column": "price",
        "rule": "listings outside 10 to 350",
        "value": 1,
        "threshold": 0,
        "status": "failed",
        "examples": ["9.0 (id 1)"],
        "more": 0,
    } | changed


@pytest.fixture
def report(parameters: dict[str, Any]) -> Any:
    """Make a report on ``LISTINGS``."""

    def make(*checks: dict[str, Any], **changed: Any) -> dict[str, Any]:
        return {
            "passed": not checks,
            "market": parameters["market"].identity,
            "digest": content_digest(LISTINGS),
            "checks": list(checks),
        } | changed

    return make


def test_judged_and_passed_listings_go_through(report: Any, parameters: dict[str, Any]) -> None:
    """In any order of rows."""
    require_validated(LISTINGS, report(), parameters["market"])
    require_validated(LISTINGS[::-1], report(), parameters["market"])


def test_listings_that_were_not_judged_are_refused(report: Any, parameters: dict[str, Any]) -> None:
    """One changed price is enough; the message says how to validate them."""
    other = LISTINGS.assign(price=[70.0, 81.0])
    with pytest.raises(UnvalidatedDataError, match="kedro run --pipelines data_validation"):
        require_validated(other, report(), parameters["market"])


def test_listings_of_another_market_are_refused(report: Any, parameters: dict[str, Any]) -> None:
    """One other bound is enough; both steps have to be run again."""
    market = parameters["market"]
    other = type(market)(**(market.model_dump() | {"price": {"min": 10, "max": 351}}))
    with pytest.raises(UnvalidatedDataError, match="--pipelines data_processing,data_validation"):
        require_validated(LISTINGS, report(), other)


def test_listings_that_did_not_pass_are_refused(report: Any, parameters: dict[str, Any]) -> None:
    """The broken rule is told again."""
    with pytest.raises(ValidationFailedError, match=r"price_range \[price\]: .*: found 1, limit 0"):
        require_validated(LISTINGS, report(check()), parameters["market"])


def test_a_report_that_passed_stops_nothing(report: Any) -> None:
    """Rules that were not run do not stop the run either."""
    require_passed(report())
    require_passed(report(check(status="not_run"), passed=True))


def test_the_message_names_drop_rule_value_limit_and_examples(report: Any) -> None:
    """By delivery, then the listings as a whole; passed rules are left out."""
    text = failed_message(
        report(
            check(),
            check(name="repeated_ids", column="id", drop="2024-01-15", examples=[], value=0.2),
            check(name="row_count", status="passed"),
        )
    )
    lines = text.splitlines()
    assert lines[:5] == [
        "2 of 3 rules are broken.",
        "By drop 2024-01-15:",
        "  - repeated_ids [id]: listings outside 10 to 350: found 0.2, limit 0",
        "By the listings of all drops together:",
        "  - price_range [price]: listings outside 10 to 350: found 1, limit 0; such as 9.0 (id 1)",
    ]
    assert "parameters_data_validation.yml" in lines[5]


def test_the_message_says_how_to_exclude_the_drops_that_fail(report: Any) -> None:
    """All of them; where only the listings as a whole fail there is none to exclude."""
    days = ("2024-01-22", "2024-01-15", "2024-01-15")
    text = failed_message(report(*(check(drop=day) for day in days)))
    assert "--params 'data_processing.exclude_drops=2024-01-15 2024-01-22'" in text
    assert "exclude_drops" not in failed_message(report(check()))


@pytest.mark.parametrize(("count", "end"), [(3, "c"), (4, "c (+1 more)"), (10, "c (+7 more)")])
def test_more_examples_are_counted(report: Any, count: int, end: str) -> None:
    """Three are shown."""
    letters = list("abcdefghij")[:count]
    for kept in (count, 3):  # the report itself keeps some, and counts the rest
        text = failed_message(report(check(examples=letters[:kept], more=count - kept)))
        assert f"such as a; b; {end}\n" in text


@pytest.mark.parametrize(
    ("count", "more"), [(8, None), (9, "  +1 more rules"), (20, "  +12 more rules")]
)
def test_more_rules_are_counted(report: Any, count: int, more: str | None) -> None:
    """Eight of a drop are told."""
    lines = failed_message(report(*[check(drop="2024-01-15")] * count)).splitlines()
    assert len([line for line in lines if line.startswith("  - ")]) == 8
    assert [line for line in lines if "more rules" in line] == ([more] if more else [])


def test_the_message_stays_short_whatever_the_values(report: Any) -> None:
    """Long texts are cut."""
    long = check(drop="2024-01-15", rule="r" * 10_000, examples=["x" * 100_000] * 50)
    assert len(failed_message(report(*[long] * 40))) < 5000
