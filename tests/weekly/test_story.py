"""Deliveries, sound and spoilt, and what becomes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from weekly_market import DAYS, DONE, NOTHING_NEW, PERSON, Market, outside


def test_the_first_week_has_a_model_in_production(first_week: Any) -> None:
    """Released by rule, with which the stock is priced; nothing was there to be watched."""
    market, (code, said) = first_week
    assert code == DONE, said
    assert market.in_production() == "v0"
    page = market.page()
    assert page in said
    assert page.startswith(
        f"# Week of {DAYS[0]}, New York City\n\n**Done: a new model was released"
    )
    assert "nothing is in production yet" in page
    assert f"`{market.report('release_decision')['candidate']['model']}`" in page


def test_the_same_week_again_is_nothing_new(first: Market) -> None:
    """An exit code of its own, and not one file is another."""
    before = first.files()
    code, said = first.weekly()
    assert (code, said) == (NOTHING_NEW, f"Nothing new: the week of {DAYS[0]} is complete.\n")
    assert first.weekly("--dry-run")[0] == NOTHING_NEW
    code, said = first.weekly("--json")
    (answer,) = [line for line in said.splitlines() if line.startswith("{")]
    assert (code, json.loads(answer)["outcome"]) == (NOTHING_NEW, "nothing_new")
    assert first.files() == before


def test_the_second_week_is_judged_trained_compared_and_decided(second_week: Any) -> None:
    """The listing of another city is set aside, and the rest goes its way."""
    market, (code, said) = second_week
    assert code == DONE, said
    assert f"Week of {DAYS[1]}: {DAYS[1]}.csv is new.\n" in said
    processed = market.report("processing_report")
    assert processed["drops"][DAYS[1]]["rejected"]["outside_city"] == 1
    watched, decision = market.report("retraining_decision"), market.report("release_decision")
    assert (watched["delivery"], watched["look"]) == (DAYS[1], False)
    assert decision["champion"]["version"] == "v0"
    assert (decision["outcome"], market.in_production()) == ("released", "v1")
    page = market.page()
    assert page.startswith(
        f"# Week of {DAYS[1]}, New York City\n\n**Done: a new model was released"
    )
    assert decision["reason"] in page
    for model in ("candidate", "champion"):
        assert f"{decision[model]['test']['mae']:.2f}" in page


@pytest.mark.slow
def test_a_delivery_that_came_again_is_told_by_its_digest(second: Market) -> None:
    """The same name, another content: run again, and the prices are those of the new content."""
    before = second.estimates()
    second.deliver(DAYS[1], outside(second.drop(DAYS[1])).drop_duplicates("id").iloc[:-50])
    code, said = second.weekly()
    assert code == DONE, said
    assert f"{DAYS[1]}.csv was delivered again, with another content" in said
    assert "was delivered again, with another content" in second.page()
    assert second.estimates() != before
    assert second.weekly()[0] == NOTHING_NEW
    second.deliver(DAYS[1])
    code, said = second.weekly("--dry-run")
    assert (code, "was delivered again" in said) == (DONE, True)


def deliver_spoilt(market: Market) -> None:
    """A third week in which every price is by more than half too high."""
    rows = market.drop(DAYS[2])
    market.deliver(DAYS[2], rows.assign(price=(1.6 * rows["price"]).round().astype("int64")))


def test_a_spoilt_delivery_stops_the_week(second: Market) -> None:
    """What is in production and its prices stay; the page says why, and what to do."""
    prices = second.estimates()
    deliver_spoilt(second)
    code, said = second.weekly()
    assert (code, "rules are broken" in said) == (PERSON, True), said
    page = second.page()
    assert page.startswith(
        f"# Week of {DAYS[2]}, New York City\n\n**Stopped: a person is needed.**"
    )
    assert f"exclude_drops={DAYS[2]}" in page
    assert f"| {DAYS[2]} | 2,500 |" in page
    assert (second.in_production(), second.estimates()) == ("v1", prices)


@pytest.mark.slow
def test_a_spoilt_delivery_stops_the_next_week_too_until_it_is_excluded(second: Market) -> None:
    """Each drop of the window is judged."""
    prices = second.estimates()
    deliver_spoilt(second)
    second.deliver(DAYS[3])
    code, said = second.weekly()
    assert code == PERSON, said
    assert f"By drop {DAYS[2]}" in second.page()
    assert (second.in_production(), second.estimates()) == ("v1", prices)

    code, said = second.weekly(params=f"data_processing.exclude_drops={DAYS[2]}")
    assert code == DONE, said
    page = second.page()
    assert page.startswith(f"# Week of {DAYS[3]}, New York City\n\n**Done")
    assert f"| {DAYS[2]} |" not in page
    assert second.estimates() != prices


@pytest.mark.slow
def test_a_spoilt_delivery_that_is_taken_away_leaves_the_week_to_be_made_again(
    second: Market,
) -> None:
    """The drops are those of the complete week, but what is on disk was made of others."""
    outputs = second.project.outputs()
    rows = second.drop(DAYS[2])
    second.deliver(DAYS[2], rows.assign(room_type="Igloo"))
    assert second.weekly()[0] == PERSON
    (second.project.drops / f"{DAYS[2]}.csv").unlink()
    code, said = second.weekly()
    assert (code, "another week was begun since" in said) == (DONE, True), said
    again = second.project.outputs()
    assert {name for name in outputs if again[name] != outputs[name]} <= ABOUT_PRODUCTION
    assert second.weekly()[0] == NOTHING_NEW


ABOUT_PRODUCTION = {
    f"08_reporting/{name}"
    for name in (
        "drift_plot.json",
        "drift_report.json",
        "monitoring_alerts.json",
        "monitoring_history.csv",
        "monitoring_history_plot.json",
        "monitoring_note.md",
        "release_decision.json",
        "release_note.md",
        "retraining_decision.json",
        "weekly_record.json",
        "weekly_summary.html",
        "weekly_summary.md",
    )
}
"""What depends on the model that was in production when the week began."""


def test_a_delivery_that_can_t_be_read_stops_without_numbers_of_an_earlier_one(
    second: Market,
) -> None:
    """Of the same name and nothing of it read: the page has no table of what was delivered."""
    (second.project.drops / f"{DAYS[1]}.csv").write_text("<html>Not found</html>\n")
    code, said = second.weekly()
    assert code == PERSON, said
    page = second.page()
    assert "**Stopped: a person is needed.**" in page
    assert f"{DAYS[1]}.csv" in page
    assert "## Delivered" not in page


DEARER = ",".join(
    f"data_validation.{name}"
    for name in (
        "drift.max_median_change=0.4",
        "drift.max_cell_median_change=0.5",
        "drift.min_effect.price=0.4",
        "max_rejected_share_by_reason.price_out_of_range=0.3",
        "max_rejected_share=0.3",
    )
)
"""Limits of the validation within which prices may rise by a fifth."""


@pytest.mark.slow
def test_dearer_prices_are_stopped_or_advise_retraining(second: Market) -> None:
    """By the limits of the validation; what is within them is drift, which a new model learns."""
    rows = second.drop(DAYS[2])
    second.deliver(DAYS[2], rows.assign(price=(1.2 * rows["price"]).round().astype("int64")))
    code, said = second.weekly()
    assert (code, "median" in said) == (PERSON, True), said
    code, said = second.weekly("--looked", params=DEARER)
    assert code == DONE, said
    decision = second.report("retraining_decision")
    assert decision["retrain"]
    assert "median_price" in {reason["rule"] for reason in decision["reasons"]}
    page = second.page()
    assert "Retraining was advised" in page
    assert all(reason["told"] in page for reason in decision["reasons"])
