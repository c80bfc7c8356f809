"""From broken rules to a decision, and to what people hear of."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.monitoring.decision import CALLS_FOR_A_LOOK, alerts, decide


def check(name: str, status: str = "failed", **changes: Any) -> dict[str, Any]:
    found = {"name": name, "status": status, "column": None, "rule": "what is looked at",
             "threshold": 0.1, "value": 0.2, "examples": ["one", "two", "three"]}  # fmt: skip
    return found | changes


def report(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"delivery": "2024-01-15", "model": "a1" * 8, "model_data": "2024-01-08",
            "checks": list(checks), "columns": [], "new_values": []} | more  # fmt: skip


def test_what_was_kept_or_not_run_is_no_reason() -> None:
    """Nor does it alert anyone."""
    quiet = report(check("age", "passed"), check("volume", "not_run", value=None))
    decision = decide(quiet)
    assert (decision["retrain"], decision["look"], decision["reasons"]) == (False, False, [])
    assert alerts(quiet, decision) == []


@pytest.mark.parametrize("name", sorted(CALLS_FOR_A_LOOK))
def test_what_a_spoilt_delivery_breaks_calls_for_a_look(name: str) -> None:
    """And not for retraining: a model would learn nonsense from it."""
    decision = decide(report(check(name)))
    assert (decision["retrain"], decision["look"]) == (False, True)


def test_each_reason_has_its_limit_and_value_and_is_told_in_words() -> None:
    """With the column and the first examples."""
    decision = decide(report(check("two_sample", column="price", threshold="D 0.05 at p 0.01",
                                   value="D 0.115, p 1e-60")))  # fmt: skip
    assert decision["retrain"]
    assert decision["reasons"] == [
        {
            "rule": "two_sample",
            "column": "price",
            "calls_for": "retraining",
            "limit": "D 0.05 at p 0.01",
            "value": "D 0.115, p 1e-60",
            "told": "two_sample of price: what is looked at: found D 0.115, p 1e-60, limit "
            "D 0.05 at p 0.01 (one; two)",
        }
    ]


def test_alerts_say_first_what_a_person_must_look_at() -> None:
    """One for each call, and one for what is within the limits."""
    found = report(
        check("error_growth"),
        check("correlations", value=None, threshold=None, examples=[]),
        columns=[{"column": "name", "index": 0.15, "shift": "moderate"},
                 {"column": "price", "index": 0.01, "shift": "none"}],
        new_values=[{"column": "room_type", "value": "Cave", "rows": 3, "accepted": False},
                    {"column": "neighbourhood", "value": "Moon", "rows": 1, "accepted": True}],
    )  # fmt: skip
    told = alerts(found, decide(found))
    assert max(len(alert["title"]) for alert in told) < 64  # W&B refuses longer ones
    assert [(alert["level"], alert["title"]) for alert in told] == [
        ("WARN", "Delivery 2024-01-15 needs a look"),
        ("WARN", "Delivery 2024-01-15: retraining is advised"),
        ("INFO", "Delivery 2024-01-15: small changes"),
    ]
    about = f"Model {'a1' * 8}, newest data of 2024-01-08."
    assert told[0]["text"] == f"{about}\ncorrelations: what is looked at"
    assert "\nerror_growth: what is looked at: found 0.2, limit 0.1" in told[1]["text"]
    assert told[2]["text"].splitlines() == [
        about,
        "moderate shift of name: population stability index 0.150",
        "new room_type, set aside: Cave (3 rows)",
        "new neighbourhood, accepted: Moon (1 rows)",
    ]
