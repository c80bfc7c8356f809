"""The nodes of ``monitoring``, each run by itself: what they make, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from watched import FIRST, SECOND

from rental_pricing.errors import MixedDataError, UnvalidatedDataError, ValidationFailedError
from rental_pricing.listings.digest import content_digest
from rental_pricing.pipelines.monitoring.nodes import (
    decide_on_retraining,
    monitor_production_model,
    record_week,
)


@pytest.fixture(scope="module")
def inputs(world: Any) -> dict[str, Any]:
    """What ``data_processing`` and ``data_validation`` left, and the parameters."""
    listings, market = world.listings, world.parameters["market"]
    digest = content_digest(listings)
    return {
        "listings": listings,
        "typed_drops": world.typed,
        "delivery_profiles": {day: each.model_dump() for day, each in world.deliveries().items()},
        "processing_report": {"listings_digest": digest, "drops": dict.fromkeys(world.typed)},
        "validation_report": {"digest": digest, "market": market.identity, "passed": True,
                              "drops": sorted(world.typed), "checks": []},
        "production_model": world.model,
        "earlier_monitoring": None,
        "market": market,
        "quality": world.parameters["data_validation"],
        "parameters": world.parameters["monitoring"],
    }  # fmt: skip


def test_they_make_the_report_the_decision_and_the_history(
    inputs: dict[str, Any], quiet: dict[str, Any]
) -> None:
    """One after the other."""
    report = monitor_production_model(**inputs)
    assert report == quiet
    decision, alerts = decide_on_retraining(report)
    assert (decision["retrain"], alerts) == (False, [])
    history, drift, weeks, note = record_week(report, decision, None)
    assert list(history["delivery"]) == [SECOND]
    assert _panels(drift) >= len(report["columns"]) + 1
    assert _panels(weeks) == 4
    assert note.startswith(f"# Delivery {SECOND}: Nothing needs to be done.")


def _panels(figure: dict[str, Any]) -> int:
    return sum(name.startswith("xaxis") for name in figure["layout"])


def test_the_decision_is_in_the_log(
    quiet: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Each reason as a warning."""
    checks = [{**quiet["checks"][0], "status": "failed"}, *quiet["checks"][1:]]
    decision, _ = decide_on_retraining(quiet | {"checks": checks})
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [
        decision["reasons"][0]["told"]
    ]


def test_listings_that_were_not_judged_are_refused(inputs: dict[str, Any]) -> None:
    """Or judged and not passed."""
    report = inputs["validation_report"]
    with pytest.raises(UnvalidatedDataError):
        monitor_production_model(**inputs | {"listings": inputs["listings"][1:]})
    with pytest.raises(ValidationFailedError):
        monitor_production_model(**inputs | {"validation_report": report | {"passed": False}})


@pytest.mark.parametrize("input_", ["delivery_profiles", "processing_report", "typed_drops"])
def test_what_was_not_made_together_is_refused(
    inputs: dict[str, Any], world: Any, input_: str
) -> None:
    """Deliveries, drops or accounts of another week; the message names the command."""
    other = {
        "delivery_profiles": {FIRST: inputs["delivery_profiles"][FIRST]},
        "processing_report": inputs["processing_report"] | {"listings_digest": "0" * 32},
        "typed_drops": {FIRST: world.typed[FIRST]},
    }
    with pytest.raises(MixedDataError) as error:
        monitor_production_model(**inputs | {input_: other[input_]})
    assert "kedro run --pipelines data_processing,data_validation" in str(error.value)


def test_a_released_model_is_held_against_the_drop_it_learnt_from_too(
    inputs: dict[str, Any], world: Any
) -> None:
    """Monitored in the week of its release: the test part never taught it."""
    first = {FIRST: world.typed[FIRST]}
    only = replace(world, typed=first)
    digest = content_digest(only.listings)
    report = monitor_production_model(
        **inputs
        | {
            "listings": only.listings,
            "typed_drops": first,
            "delivery_profiles": {FIRST: inputs["delivery_profiles"][FIRST]},
            "processing_report": {"listings_digest": digest, "drops": {FIRST: None}},
            "validation_report": inputs["validation_report"] | {"digest": digest, "drops": [FIRST]},
        }
    )
    assert report["error"]["mae"] == report["error_at_release"]["mae"]
    assert report["error"]["rows"] == report["error_at_release"]["rows"]
    assert {check["status"] for check in report["checks"]} == {"passed"}
