"""The page of a week: what it says in each case, and that nothing in it is taken for markup."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.reporting.weekly_page import weekly_page
from rental_pricing.reporting.weekly_summary import weekly_summary

CHECKS = [
    {"status": "passed", "drop": "2024-01-15"},
    {"status": "passed", "drop": "2024-01-15"},
    {"status": "failed", "drop": "2024-01-15"},
    {"status": "not_run", "drop": None},
]
MEASURED = {"mae": 29.871, "baseline_mae": 37.654, "interval_coverage": 0.8123}
REASON = {"told": "median_price of price: found 0.2, limit 0.1", "calls_for": "retraining"}


def facts(**changes: Any) -> dict[str, Any]:
    """What is known of a week that went well."""
    return {
        "as_of": "2024-01-15",
        "market": "New York City",
        "currency": "ATL",
        "completed": "2024-01-08",
        "experiment": "weekly-2024-01-15-0123abcd",
        "changes": ["2024-01-15.csv is new"],
        "unwatched": None,
        "stopped": None,
        "failed": False,
        "ran": ["data_processing", "inference"],
        "has_moved": False,
        "processing_report": {
            "drops": {
                "2024-01-08": {
                    "rows": 1600, "kept": 499, "superseded": 1081,
                    "rejected": {"missing_value": 20},
                },
                "2024-01-15": {
                    "rows": 3600, "kept": 3461, "superseded": 0,
                    "rejected": {"outside_city": 1, "price_out_of_range": 138},
                },
            }
        },
        "validation_report": {"checks": CHECKS},
        "drift_report": {
            "error": {"rows": 1666, "mae": 32.591, "mae_low": 30.154, "mae_high": 35.251},
            "error_at_release": {"mae": 34.936},
            "price": {"shift": -0.0095},
        },
        "retraining_decision": {"retrain": False, "look": False, "reasons": []},
        "model_metrics": {},
        "release_decision": decision("released"),
        "answered": None,
        "prices": {
            "rows": 3960, "priced": 3959, "with_note": 152, "median": 1106.4, "model": "a" * 16,
        },
    } | changes  # fmt: skip


def decision(outcome: str, **changes: Any) -> dict[str, Any]:
    """A decision about a release."""
    return {
        "outcome": outcome,
        "reason": "The candidate is better by 1.77 ATL.",
        "currency": "ATL",
        "candidate": {"model": "a" * 16, "newest_delivery": "2024-01-15", "test": MEASURED},
        "champion": {
            "model": "b" * 16, "version": "v7", "newest_delivery": "2024-01-08",
            "test": MEASURED | {"mae": 31.5},
        },
        "rules": [
            {"rule": "mae_increase", "passed": True, "told": "well below"},
            {"rule": "moved_share", "passed": False, "told": "8.8% move"},
        ],
    } | changes  # fmt: skip


def without(*parts: str, **changes: Any) -> dict[str, Any]:
    """A week that did not reach some parts."""
    return {name: value for name, value in facts(**changes).items() if name not in parts}


NOT_REACHED = ("drift_report", "retraining_decision", "model_metrics", "release_decision", "prices")


def test_a_week_that_went_well_is_told_on_one_page() -> None:
    """What was delivered, what the model was worth, what was released, what is priced."""
    page = weekly_summary(facts())
    assert page.startswith(
        "# Week of 2024-01-15, New York City\n\n"
        "**Done: a new model was released, and the current stock is priced with it.**\n\n"
        "## Delivered\n\n"
    )
    for told in (
        "| 2024-01-08 | 1,600 | 499 | 1,081 | 20 |",
        "| 2024-01-15 | 3,600 | 3,461 | 0 | 139 |",
        "Set aside of the newest delivery: 1 (outside city), 138 (price out of range);",
        "Of 4 rules of the validation, 2 are kept, 1 broken, and 1 could not be run.",
        "Nothing speaks against it: no limit of the monitoring is broken.",
        "On 1,666 listings of the newest delivery that it never learnt from, it is off by 32.59",
        " ATL on average (95 % interval 30.15 to 35.25); at its release by 34.94.",
        "The median price moved by -0.9% since its training.",
        f"| model | {'a' * 16} | {'b' * 16} (v7) |",
        "| mean absolute error, ATL | 29.87 | 31.50 |",
        "| prices inside of their intervals | 81.2% | 81.2% |",
        "The candidate is better by 1.77 ATL.",
        "3,959 of 3,960 listings of the current stock have a price, with a median of 1,106 ATL per",
        "night; 152 of them with a note to be wary of.",
        "- Why there was something to do: 2024-01-15.csv is new.",
        "experiment `weekly-2024-01-15-0123abcd`",
        "`release_note.md`",
    ):
        assert told in page
    assert "\n\n\n" not in page
    assert weekly_summary(facts()) == page


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("released", "Done: a new model was released, and"),
        ("kept", "Done: the model in production stays, and"),
        ("already_released", "Done: the model of this week's data was in production already, and"),
    ],
)
def test_the_first_sentence_says_how_it_ended(outcome: str, told: str) -> None:
    """By what was decided."""
    assert f"**{told}" in weekly_summary(facts(release_decision=decision(outcome)))


def test_what_a_part_of_the_week_that_was_cut_has_released_is_new() -> None:
    """Though the part that was run last has found it in production already."""
    page = weekly_summary(facts(release_decision=decision("already_released"), has_moved=True))
    assert "**Done: a new model was released, and" in page


@pytest.mark.parametrize(
    ("action", "headline", "told"),
    [
        ("released", "a new model was released", "released"),
        ("declined", "the model in production stays", "declined"),
        ("rolled_back", "the model in production stays", "rolled back"),
    ],
)
def test_what_a_person_has_decided_is_told_with_the_reason(
    action: str, headline: str, told: str
) -> None:
    """Beside what the rules said."""
    answered = {"action": action, "at": "2024-01-16T08:00:00Z", "reason": "*not* yet"}
    waits = decision("waits_for_person")
    page = weekly_summary(facts(release_decision=waits, answered=answered))
    assert f"**Done: {headline}, and" in page
    assert (
        f"{waits['reason']}\n\nA person has {told} it, 2024-01-16T08:00:00Z: \\*not\\* yet\n\n##"
        in page
    )
    assert "\n\n\n" not in page


def test_of_a_candidate_that_was_kept_out_each_broken_rule_is_named() -> None:
    """And no kept one."""
    page = weekly_summary(facts(release_decision=decision("kept")))
    assert "It breaks a rule of the release:\n\n- moved share: 8.8% move\n" in page
    assert "well below" not in page
    assert "moved share" not in weekly_summary(facts())


def test_reasons_for_retraining_are_listed() -> None:
    """Each in the monitoring's words."""
    advised = {"retrain": True, "look": False, "reasons": [REASON, REASON]}
    page = weekly_summary(facts(retraining_decision=advised))
    assert (
        f"**Retraining was advised**, and every week trains a candidate.\n\n- {REASON['told']}\n- "
        in page
    )
    assert f"- {REASON['told']}\n\nOn 1,666 listings" in page


def test_the_first_week_has_nothing_before() -> None:
    """Neither in production, nor in a table."""
    page = weekly_summary(
        without(
            "drift_report", "retraining_decision",
            unwatched="nothing is in production yet",
            completed=None,
            release_decision=decision("released", champion=None),
        )
    )  # fmt: skip
    assert "It was not watched: nothing is in production yet." in page
    assert f"| model | {'a' * 16} | - |" in page
    assert "| mean absolute error, ATL | 29.87 | - |" in page


def test_a_week_that_stopped_says_for_what_and_that_all_else_stays() -> None:
    """With what was reached, and nothing of what was not."""
    page = weekly_summary(without(*NOT_REACHED, stopped="2 rules are broken.\n  - one\n  - two"))
    assert "**Stopped: a person is needed.**\n\n```text\n2 rules are broken.\n  - one\n" in page
    assert "The model in production and the prices of the week of 2024-01-08 stay" in page
    assert "## Delivered" in page
    assert "It was not looked at: the week has stopped before." in page
    assert "## The candidate" not in page
    assert "## Prices" not in page
    failed = weekly_summary(without(*NOT_REACHED, stopped="The disk is full.", failed=True))
    assert "**Failed.**\n\n```text\nThe disk is full.\n```\n" in failed
    unread = weekly_summary(
        without(*NOT_REACHED, "processing_report", "validation_report", stopped="x", completed=None)
    )
    assert "## Delivered" not in unread
    assert "No week was complete before." in unread


def test_what_stopped_the_week_is_said_once() -> None:
    """A delivery that should be looked at, and a release that waits for a person."""
    look = {"retrain": False, "look": True, "reasons": [REASON]}
    page = weekly_summary(
        without(*NOT_REACHED[3:], retraining_decision=look, stopped=f"Look:\n  - {REASON['told']}")
    )
    assert page.count(REASON["told"]) == 1
    assert "**A person should look at the delivery.**" in page
    assert f"- {REASON['told']}" in weekly_summary(facts(retraining_decision=look))
    waits = decision("waits_for_person")
    page = weekly_summary(
        without("prices", release_decision=waits, stopped=f"{waits['reason']}\nkedro release")
    )
    assert page.count(waits["reason"]) == 1
    assert "| mean absolute error, ATL | 29.87 | 31.50 |" in page


def test_what_can_t_be_measured_is_no_number() -> None:
    """No listing was left for the error, no price was made, no champion could be loaded."""
    report = facts()["drift_report"]
    page = weekly_summary(
        facts(
            drift_report=report | {"error": {"mae": None}},
            prices=facts()["prices"] | {"priced": 0, "median": None},
            release_decision=decision(
                "needs_person", champion={"model": None, "version": "v7", "unusable": "format 1"}
            ),
        )
    )
    assert "No listing of the newest delivery could be used to measure its error." in page
    assert "0 of 3,960 listings of the current stock have a price; 152" in page
    assert f"| model | {'a' * 16} | - (v7) |" in page


HOSTILE = "<script>alert(1)</script> ``` [x](javascript:alert(1)) **b** | `c`"


def test_nothing_that_was_delivered_is_taken_for_markup() -> None:
    """Texts of listings and errors are shown as they are, in both forms of the page."""
    reasons = {"retrain": True, "look": False, "reasons": [{"told": HOSTILE}]}
    page = weekly_summary(
        without("prices", stopped=f"{HOSTILE}\n````\n# no title", retraining_decision=reasons,
                changes=[HOSTILE], unwatched=None, market="A*b*")
    )  # fmt: skip
    html = weekly_page(page, HOSTILE, stopped=True)
    assert "<script" not in html
    assert "<strong>b</strong>" not in html
    assert html.count("href=") == html.count('<li><a href="#')
    assert "<em>" not in html
    assert html.count("<h1>") == 1
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4


def test_the_page_for_browsers_needs_nothing_else() -> None:
    """One file, with the tables, and another colour where a person is needed."""
    html = weekly_page(weekly_summary(facts()), "Week of 2024-01-15", stopped=False)
    assert "<title>Week of 2024-01-15</title>" in html
    assert '<th style="text-align:right">set aside</th>' in html
    assert '<section id="the-candidate" aria-labelledby="the-candidate-title">' in html
    assert "http:" not in html
    assert "https:" not in html
    assert "<script" not in html
    assert '<html lang="en">' in html
    assert '<html lang="en" class="stopped">' in weekly_page("# x", "x", stopped=True)


def test_versions_are_links_where_they_have_a_page() -> None:
    """In W&B; else the commands tell more of them."""
    versions = [
        {
            "dataset": "price_model",
            "reference": "price_model:v3",
            "address": "https://w.example/v3",
        },
        {"dataset": "listings", "reference": "listings:v1", "address": None},
    ]
    page = weekly_summary(facts(versions=versions))
    assert "| `listings` | `listings:v1` |" in page
    html = weekly_page(page, "x", stopped=False)
    assert '<a href="https://w.example/v3"><code>price_model:v3</code></a>' in html
    assert "## Versions" not in weekly_summary(facts(versions=[]))
