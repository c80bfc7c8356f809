"""The figures and the note of a week's monitoring, by what they show."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from rental_pricing.monitoring.decision import decide
from rental_pricing.monitoring.history import with_week
from rental_pricing.reporting.monitoring_figures import drift_figure, history_figure
from rental_pricing.reporting.monitoring_note import monitoring_note


def column(name: str, index: float, shift: str) -> dict[str, Any]:
    return {"column": name, "index": index, "chance": 0.004, "limit": 0.254, "shift": shift,
            "groups": ["below 50", "50 to 90", "missing"], "now": [0.5, 0.3, 0.2],
            "then": [0.2, 0.4, 0.4]}  # fmt: skip


def check(name: str, status: str, **changes: Any) -> dict[str, Any]:
    found = {"name": name, "status": status, "column": None, "rule": "weeks since", "value": 5.0,
             "threshold": 4, "examples": [], "reason": None}  # fmt: skip
    return found | changes


@pytest.fixture
def report() -> dict[str, Any]:
    """A week in which the model is too old and one rule could not be run."""
    return {
        "delivery": "2031-05-12",
        "model": "c0ffee" * 2 + "0000",
        "model_data": "2031-04-07",
        "currency": "ATL",
        "rows": {"delivered": 9123, "accepted": 8911, "rejected": {}, "rejected_share": 0.0232},
        "price": {"median": 143.4, "training_median": 128.1, "shift": 0.1194},
        "error": {"rows": 1777, "unpriced": 3, "mae": 31.416, "mae_low": 29.9, "mae_high": 33.02,
                  "bias": -4.0, "interval_coverage": 0.768, "baseline_mae": 41.27},
        "error_at_release": {"mae": 27.18, "rows": 3790},
        "columns": [column("price", 0.3, "large"), column("name", 0.12, "moderate")],
        "new_values": [{"column": "room_type", "value": "Cave|", "rows": 7, "accepted": False}],
        "checks": [check("age", "failed"), check("volume", "passed"),
                   check("two_sample", "not_run", column="name", reason="one side has no values")],
    }  # fmt: skip


@pytest.fixture
def history(report: dict[str, Any]) -> pd.DataFrame:
    decision = decide(report)
    other = report | {"model": "b" * 16, "delivery": "2031-05-05"}
    return with_week(with_week(None, other, decision), report, decision)


def traces(figure: dict[str, Any], panel: int) -> list[dict[str, Any]]:
    """What is drawn in a panel, as Plotly takes it."""
    go.Figure(json.loads(json.dumps(figure, allow_nan=False)))
    axis = f"x{panel}" if panel > 1 else "x"
    return [trace for trace in figure["data"] if trace["xaxis"] == axis]


def headings(figure: dict[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"]]


def test_the_note_says_what_a_person_must_know(report: Any, history: pd.DataFrame) -> None:
    """Verdict, reasons, the error with its interval, what moved, what is new, the weeks."""
    note = monitoring_note(report, decide(report), history)
    title, *_ = note.splitlines()
    assert title == "# Delivery 2031-05-12: Retraining is advised."
    for told in (
        "- age: weeks since: found 5, limit 4; calls for retraining",
        "31.42 (29.90 to 33.02), 27.18 at release, 41.27 for the median",
        "ATL per night. 77% of the prices are inside",
        "| price | 0.300 | 0.254 | large |",
        "- room_type Cave|: 7 rows set aside",
        "1 rules passed, 1 broken, 1 not run.",
        "- two_sample of name was not run: one side has no values",
        f"| 2031-05-05 | {'b' * 16} | 9123 | 2.3% | 143 | 31.42 | 29.90 | 33.02 | 27.18 | 1 |",
    ):
        assert told in note
    assert "\n\n\n" not in note
    assert note.endswith("|\n")


@pytest.mark.parametrize(
    ("retrain", "look", "verdict"),
    [
        (False, False, "Nothing needs to be done."),
        (True, False, "Retraining is advised."),
        (False, True, "A person should look at the delivery first."),
        (True, True, "look at the delivery first. Retraining is advised, but only afterwards."),
    ],
)
def test_the_verdict_is_the_decision(
    report: Any, history: pd.DataFrame, *, retrain: bool, look: bool, verdict: str
) -> None:
    """In the first line."""
    decision = {"retrain": retrain, "look": look, "reasons": []}
    assert monitoring_note(report, decision, history).splitlines()[0].endswith(verdict)


def test_a_week_of_which_little_can_be_told_has_a_note_and_figures(report: Any) -> None:
    """No listing to judge, nothing to compare with."""
    error = dict.fromkeys(report["error"]) | {"rows": 0, "unpriced": 0}
    bare = report | {"error": error, "columns": [], "new_values": [], "checks": [],
                     "error_at_release": {"mae": None, "rows": None},
                     "price": dict.fromkeys(report["price"])}  # fmt: skip
    decision = decide(bare)
    history = with_week(None, bare, decision)
    note = monitoring_note(bare, decision, history)
    assert "No listing of this delivery could be judged." in note
    assert "nan" not in note
    assert "<NA>" not in note
    assert headings(drift_figure(bare)) == ["Nothing to compare with"]
    assert traces(drift_figure(bare), 1) == []
    assert traces(history_figure(history, "ATL"), 1)[1]["y"] == [None]


def test_each_column_has_a_panel_and_a_bar(report: Any) -> None:
    """With its limit; groups from above; the figure is the same every time."""
    figure = drift_figure(report)
    index, limit = traces(figure, 1)
    assert (index["y"], index["x"]) == (["name", "price"], [0.12, 0.3])
    assert limit["x"] == [0.254, 0.254]
    now, then = traces(figure, 2)
    assert (now["x"], then["x"]) == ([50, 30, 20], [20, 40, 40])
    assert now["y"] == ["below 50", "50 to 90", "missing"]
    assert figure["layout"]["yaxis2"]["autorange"] == "reversed"
    assert headings(figure)[1:] == ["price: 0.300", "name: 0.120"]
    assert "what model c0ffeec0ffee0000 learnt from" in figure["layout"]["title"]["text"]
    assert figure == drift_figure(report)


def test_what_is_delivered_is_no_markup(report: Any) -> None:
    """Nor a template of Plotly's."""
    spoilt = column("<b>price</b>", 0.3, "large") | {
        "groups": ["<a href='x'>y</a>", "%{x}", "&lt;"]
    }
    figure = drift_figure(report | {"columns": [spoilt]})
    assert "<b>" not in json.dumps(figure)
    assert "<a " not in json.dumps(figure)
    now, _ = traces(figure, 2)
    assert now["y"] == ["&lt;a href='x'&gt;y&lt;/a&gt;", "%{x}", "&amp;lt;"]
    assert now["hovertemplate"].count("%{x}") == 1


def test_the_weeks_are_drawn_a_colour_a_model(history: pd.DataFrame) -> None:
    """In the order of the deliveries, joined by a grey line, each with its interval."""
    figure = history_figure(history, "ATL")
    joined, first, _, second, _ = traces(figure, 1)
    assert joined["x"] == ["2031-05-05", "2031-05-12"]
    assert [first["x"], second["x"]] == [["2031-05-05"], ["2031-05-12"]]
    assert [first["name"], second["name"]] == ["bbbbbbbb", "c0ffeec0"]
    assert first["line"]["color"] != second["line"]["color"]
    assert first["error_y"]["array"] == pytest.approx([33.02 - 31.416])
    assert first["error_y"]["arrayminus"] == pytest.approx([31.416 - 29.9])
    assert figure["layout"]["xaxis"]["range"] == ["2031-05-01", "2031-05-16"]
    assert figure == history_figure(history, "ATL")


def test_of_many_weeks_the_newest_year_is_drawn(report: Any) -> None:
    """And the newest models are named."""
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2030-01-07", periods=60, freq="7D")]
    history = None
    for number, day in enumerate(days):
        week = report | {"delivery": day, "model": f"{number:08}" + "0" * 8}
        history = with_week(history, week, {"retrain": False, "look": False})
    figure = history_figure(history, "ATL")
    joined, *_ = traces(figure, 1)
    assert joined["x"] == days[8:]
    named = [trace["name"] for trace in figure["data"] if trace["showlegend"]]
    assert named == [f"{number:08}" for number in range(54, 60)]
