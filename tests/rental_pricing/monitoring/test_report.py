"""A week as a whole: quiet, dearer, mixed up, with something new in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from watched import FIRST, SECOND, dearer, failed, mixed, outcome

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.monitoring.decision import alerts, decide

if TYPE_CHECKING:
    import pandas as pd

ACCEPTED_COLUMNS = [name for name in MODEL_COLUMNS if name != "delivered_on"]


def test_a_sound_week_asks_for_nothing(quiet: dict[str, Any]) -> None:
    """Every rule is run and kept; nothing is told."""
    assert {check["status"] for check in quiet["checks"]} == {"passed"}
    assert (quiet["delivery"], quiet["model_data"]) == (SECOND, FIRST)
    decision = decide(quiet)
    assert (decision["retrain"], decision["look"], decision["reasons"]) == (False, False, [])
    assert alerts(quiet, decision) == []


def test_the_report_is_json_and_the_same_every_time(world: Any, quiet: dict[str, Any]) -> None:
    """Plain types; the same delivery and model give the same text."""
    assert json.dumps(world.report(), allow_nan=False) == json.dumps(quiet, allow_nan=False)


@pytest.mark.parametrize("factor", [1.2, 0.8])
def test_prices_that_moved_by_a_fifth_call_for_retraining(world: Any, factor: float) -> None:
    """The median price is told with its limit and value, and so is the error."""
    decision = decide(world.changed(dearer(factor)).report())
    assert decision["retrain"]
    reasons = {reason["rule"]: reason for reason in decision["reasons"]}
    assert reasons["median_price"]["limit"] == 0.1
    assert reasons["median_price"]["value"] > 0.1
    assert reasons["median_price"]["calls_for"] == "retraining"


def test_prices_that_moved_a_little_do_not(world: Any) -> None:
    """Three per cent in a week is no reason."""
    assert not decide(world.changed(dearer(1.03)).report())["retrain"]


@pytest.mark.parametrize("column", [*ACCEPTED_COLUMNS, "price"])
def test_a_column_that_was_mixed_among_rows_is_found(world: Any, column: str) -> None:
    """By itself it is as it was; its relation to the others is not."""
    report = world.changed(mixed(column)).report()
    decision = decide(report)
    assert decision["look"] or decision["retrain"]
    assert alerts(report, decision)[0]["level"] == "WARN"


def test_a_new_borough_is_told_though_its_rows_are_set_aside(world: Any) -> None:
    """With its rows; a few are told as typing errors would be, more call for a look."""

    def built(count: int) -> Any:
        def change(rows: pd.DataFrame) -> pd.DataFrame:
            new = rows.index[rows["reason"].isna()][:count]
            rows["neighbourhood_group"] = rows["neighbourhood_group"].astype("str")
            rows.loc[new, "neighbourhood_group"] = "Atlantis"
            rows.loc[new, ["reason", "detail"]] = "unknown_value"
            return rows

        return change

    told = {"column": "neighbourhood_group", "value": "Atlantis", "accepted": False}
    few, many = (world.changed(built(count)).report() for count in (6, 7))
    assert few["new_values"] == [told | {"rows": 6}]
    assert failed(few) == set()
    (notice,) = alerts(few, decide(few))
    assert notice["level"] == "INFO"
    assert "Atlantis (6 rows)" in notice["text"]
    assert failed(many) == {"unknown_values"}
    assert "Atlantis" in decide(many)["reasons"][0]["told"]
    assert decide(many)["look"]


def test_a_new_room_type_of_the_market_calls_for_retraining(world: Any) -> None:
    """It is accepted, but no training listing was like it."""
    known = dict(world.model.profile)
    rooms = known["categories"]["room_type"]
    categories = {**known["categories"],
                  "room_type": {n: c for n, c in rooms.items() if n != "Shared room"}}  # fmt: skip
    model = replace(world.model, profile=known | {"categories": categories})
    report = replace(world, model=model).report()
    (new,) = report["new_values"]
    assert (new["column"], new["value"], new["accepted"]) == ("room_type", "Shared room", True)
    assert outcome(report, "new_categories", "room_type")["status"] == "failed"
    assert decide(report)["retrain"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"market": "another"}, "its market was described otherwise"),
        ({"format": 1}, "its profile is of another format"),
        ({"missing": {}}, "its profile has other columns or bins"),
    ],
)
def test_a_model_that_cannot_be_compared_with_should_learn_anew(
    world: Any, change: dict[str, Any], told: str
) -> None:
    """The run goes on, since the next model mends it; the error is measured all the same."""
    model = replace(world.model, profile=world.model.profile | change)
    report = replace(world, model=model).report()
    assert failed(report) == {"comparable"}
    assert told in decide(report)["reasons"][0]["told"]
    assert decide(report)["retrain"]
    assert report["error"]["mae"] > 0
    assert outcome(report, "error_to_median")["status"] == "not_run"
    assert report["columns"] == []
