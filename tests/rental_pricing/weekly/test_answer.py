"""What programs are told of a week."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.weekly.answer import week_answer

DECISION = {
    "outcome": "released",
    "reason": "It is better.",
    "candidate": {"test": {"mae": 29.5}},
    "champion": {"test": {"mae": 31.5}},
}
FACTS = {
    "stopped": None,
    "failed": False,
    "has_moved": False,
    "answered": None,
    "processing_report": {"drops": {"a": {"rows": 10, "kept": 7}, "b": {"rows": 5, "kept": 4}}},
    "release_decision": DECISION,
    "prices": {"priced": 10},
}


@pytest.mark.parametrize(
    ("changes", "outcome", "mae"),
    [
        ({}, "released", 29.5),
        ({"release_decision": DECISION | {"outcome": "kept"}}, "kept", 31.5),
        (
            {"release_decision": DECISION | {"outcome": "already_released"}},
            "already_released",
            29.5,
        ),
        ({"answered": {"action": "declined"}}, "kept", 31.5),
        ({"answered": {"action": "released"}}, "released", 29.5),
    ],
)
def test_the_error_is_that_of_the_model_in_production(
    changes: dict[str, Any], outcome: str, mae: float
) -> None:
    """The candidate's where it was released, else that of the one that stays."""
    assert week_answer(FACTS | changes) == {
        "outcome": outcome,
        "told": "It is better.",
        "mae": mae,
        "rows": 15,
        "listings": 11,
        "priced": 10,
    }


@pytest.mark.parametrize(("failed", "outcome"), [(False, "person"), (True, "failed")])
def test_what_was_not_reached_is_none(*, failed: bool, outcome: str) -> None:
    """A week that stopped before anything was processed."""
    facts = {"stopped": "Not found", "failed": failed}
    answer = week_answer(facts)
    assert (answer["outcome"], answer["told"]) == (outcome, "Not found")
    assert {answer[name] for name in ("mae", "rows", "listings", "priced")} == {None}
