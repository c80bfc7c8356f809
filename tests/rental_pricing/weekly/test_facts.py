"""What the page of a week is told: what its own sessions have written."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from rental_pricing.weekly.facts import versioned, week_facts
from rental_pricing.weekly.fingerprint import Fingerprint
from rental_pricing.weekly.progress import Progress
from rental_pricing.weekly.week import PRICE, RENEW, WATCH, Plan

FINGERPRINT = Fingerprint("2024-01-15", {"2024-01-15.csv": "a"}, None, None, "c", "d")
ESTIMATES = pd.DataFrame(
    {
        "typical_price": [100.0, 140.0, None],
        "note": ["", "place is new", "not priced"],
        "model": ["m" * 16] * 3,
    }
)


class Catalog:
    """Every dataset is its own name, as an earlier week may have left it."""

    def __init__(self, estimates: pd.DataFrame = ESTIMATES) -> None:
        """Remember the prices."""
        self._estimates = estimates

    def load(self, name: str) -> Any:
        """Return it; figures as Plotly's objects."""
        if name.endswith("_plot"):
            return go.Figure(layout={"meta": name, "template": {}})
        return self._estimates if name == "price_estimates" else f"the {name}"


def plan(unwatched: str | None = None) -> Plan:
    """Of a week in Atlantis."""
    progress = Progress(FINGERPRINT, unwatched)
    return Plan(
        FINGERPRINT, ("a.csv is new",), "p", progress,
        completed="2024-01-08", market="Atlantis", currency="ATL",
    )  # fmt: skip


def facts(*done: tuple[str, ...], catalog: Any = None, **more: Any) -> dict[str, Any]:
    """After these sessions."""
    asked = {"unwatched": None, "stopped": None} | more
    return week_facts(
        catalog or Catalog(),
        plan(asked.pop("unwatched")),
        [name for pipelines in done for name in pipelines],
        asked.pop("stopped"),
        **asked,
    )


ALWAYS = {
    "as_of", "market", "currency", "completed", "experiment", "changes", "unwatched", "stopped",
    "failed", "ran", "has_moved", "figures",
}  # fmt: skip
DELIVERED = {"processing_report", "validation_report"}
WATCHED = {"drift_report", "retraining_decision"}
RENEWED = {"model_metrics", "release_decision", "answered"}


@pytest.mark.parametrize(
    ("done", "more", "parts"),
    [
        ([], {"stopped": "a file can't be read"}, set()),
        ([], {"stopped": "a rule is broken", "judged": True}, DELIVERED),
        ([WATCH], {"stopped": "look"}, DELIVERED | WATCHED),
        ([WATCH[:-1]], {"stopped": "refused", "unwatched": "nothing"}, DELIVERED),
        ([WATCH, RENEW], {"stopped": "wait"}, DELIVERED | WATCHED | RENEWED),
        ([WATCH, RENEW, PRICE], {}, DELIVERED | WATCHED | RENEWED | {"prices"}),
    ],
)
def test_a_part_is_told_where_its_session_has_ended(
    done: list[tuple[str, ...]], more: dict[str, Any], parts: set[str]
) -> None:
    """What lies on disk of a session that has not is of an earlier week."""
    told = facts(*done, **more)
    assert set(told) == ALWAYS | parts
    assert told["ran"] == [name for pipelines in done for name in pipelines]
    assert all(told[name] == f"the {name}" for name in parts - {"prices", "answered"})


def test_what_is_always_told() -> None:
    """Of the week, its market and its experiment."""
    told = facts()
    assert (told["as_of"], told["completed"]) == ("2024-01-15", "2024-01-08")
    assert (told["market"], told["currency"]) == ("Atlantis", "ATL")
    assert told["experiment"] == f"weekly-2024-01-15-{FINGERPRINT.identity[:8]}"
    assert told["changes"] == ["a.csv is new"]
    assert (told["failed"], facts(stopped="a disk is full", failed=True)["failed"]) == (False, True)


@pytest.mark.parametrize(
    ("done", "figures", "last"),
    [
        ([], [], None),
        ([WATCH[:-1]], ["validation_plot"], "validation_report"),
        (
            [WATCH],
            ["validation_plot", "drift_plot", "monitoring_history_plot"],
            "monitoring_history",
        ),
    ],
)
def test_figures_and_versions_are_those_of_the_pipelines_that_ran(
    done: list[tuple[str, ...]], figures: list[str], last: str | None
) -> None:
    """As plain data."""
    told = facts(*done)
    assert [name for name, drawn in told["figures"].items() if drawn["layout"]["meta"] == name] == (
        figures
    )
    assert (versioned(told["ran"]) or [None])[-1] == last


def test_prices_are_counted() -> None:
    """Those with a note among them; without any there is no median."""
    assert facts(WATCH, RENEW, PRICE)["prices"] == {
        "rows": 3, "priced": 2, "with_note": 1, "median": 120.0, "model": "m" * 16,
    }  # fmt: skip
    none = Catalog(ESTIMATES.assign(typical_price=[None] * 3))
    told = facts(WATCH, RENEW, PRICE, catalog=none)["prices"]
    assert (told["priced"], told["with_note"], told["median"]) == (0, 0, None)
