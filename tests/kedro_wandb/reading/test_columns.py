"""Columns of runs: what they hold, how they are named and found."""

from __future__ import annotations

import re

import pytest
from told_runs import a_record

from kedro_wandb.errors import UnknownColumnError
from kedro_wandb.reading.columns import (
    FACTS,
    Column,
    columns_of,
    differing,
    distinct,
    find_column,
    headings,
)

RUN = a_record(
    parameters={"modeling.seed": 3, "split.seed": None},
    metrics={"metrics/mae": 1.5, "metrics/test.mae": float("nan"), "metrics/rows": 6.0},
)
COLUMNS = columns_of([RUN], ["fact", "parameter", "metric"])


def test_a_column_holds_what_a_run_has() -> None:
    """A parameter that is null is there; a metric that is no number is not."""
    told = {each.name: each.of(RUN) for each in COLUMNS}
    assert told == {
        "run": ["r1"],
        "experiment": ["weekly"],
        "step": ["modeling"],
        "state": ["finished"],
        "started": [100.0],
        "duration": [10.0],
        "modeling.seed": [3],
        "split.seed": [None],
        "metrics/mae": [1.5],
        "metrics/rows": [6.0],
        "metrics/test.mae": [],
    }
    assert Column("fact", "duration").of(a_record(duration=None)) == []
    assert Column("metric", "metrics/mae").of(a_record()) == []


@pytest.mark.parametrize("name", [*FACTS, "metrics/mae", "split.seed"])
def test_a_column_has_its_whole_name(name: str) -> None:
    """Whatever else ends with it."""
    assert find_column(COLUMNS, name).name == name


def test_a_column_is_found_by_its_last_parts() -> None:
    """As many as no other has."""
    assert find_column(COLUMNS, "rows").name == "metrics/rows"
    assert find_column(COLUMNS, "test.mae").name == "metrics/test.mae"


def test_an_end_that_several_have_is_refused() -> None:
    """They are named."""
    with pytest.raises(UnknownColumnError, match=r"'seed' may be any of: modeling\.seed, split"):
        find_column(COLUMNS, "seed")


def test_an_unknown_column_is_told_what_is_near() -> None:
    """Names with it in them, the shortest first, or else all."""
    with pytest.raises(UnknownColumnError, match=re.escape("metrics/mae, metrics/test.mae.")):
        find_column(COLUMNS, "ma")
    with pytest.raises(UnknownColumnError, match=r"did you mean 'state'"):
        find_column(COLUMNS, "sate")


def test_headings_are_short_where_they_can_be() -> None:
    """And whole where two would be the same, or one that is there already."""
    chosen = [find_column(COLUMNS, name) for name in ("modeling.seed", "split.seed", "rows")]
    assert headings(chosen) == ["modeling.seed", "split.seed", "rows"]
    assert headings(chosen[1:]) == ["seed", "rows"]
    assert headings(chosen[1:], ["rows"]) == ["seed", "metrics/rows"]


def test_what_differs_between_runs_is_told() -> None:
    """What one of them lacks, and what is no number, does not."""
    other = a_record(
        parameters={"modeling.seed": 4, "split.seed": None, "new": 1},
        metrics={"metrics/mae": 1.5, "metrics/test.mae": float("nan"), "metrics/rows": 7.0},
    )
    assert differing([RUN, other], "parameter") == {Column("parameter", "modeling.seed")}
    assert differing([RUN, other], "metric") == {Column("metric", "metrics/rows")}


def test_values_of_any_type_are_told_apart() -> None:
    """Also those that no set takes."""
    assert distinct([{"b": 1, "a": 2}, {"a": 2, "b": 1}, True, "True"]) == [
        {"b": 1, "a": 2},
        True,
        "True",
    ]
