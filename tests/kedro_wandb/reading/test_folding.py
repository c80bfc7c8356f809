"""Runs that share a row, and the order of rows."""

from __future__ import annotations

from typing import Any

import pytest
from told_runs import a_record

from kedro_wandb.reading.columns import Column
from kedro_wandb.reading.folding import Row, fold, in_order

EXPERIMENT, STEP = Column("fact", "experiment"), Column("fact", "step")
SEED, MAE = Column("parameter", "seed"), Column("metric", "m/mae")


def test_an_experiment_folds_into_a_row() -> None:
    """In the order in which they come first, each with its runs in theirs."""
    records = [
        a_record("c", experiment="new", started=300),
        a_record("b", experiment="old", started=200),
        a_record("a", experiment="new", started=100),
    ]
    rows = fold(records, EXPERIMENT)
    assert [(row.value, [each.id for each in row.records]) for row in rows] == [
        ("new", ["c", "a"]),
        ("old", ["b"]),
    ]
    assert [row.started for row in rows] == [300, 200]


def test_runs_without_a_value_share_a_row() -> None:
    """Apart from those where it is null."""
    records = [a_record(parameters=each) for each in ({"seed": None}, {}, {"seed": [1]}, {})]
    rows = fold(records, SEED)
    assert [(row.value, len(row.records)) for row in rows] == [(None, 1), (None, 2), ([1], 1)]


@pytest.mark.parametrize(
    ("spans", "duration"),
    [
        ([(0, 10), (10, 5)], 15),  # one after the other
        ([(0, 10), (5, 10)], 15),  # overlapping
        ([(0, 10), (2, 3)], 10),  # one within the other
        ([(0, 10), (86_400, 10)], 20),  # on two days
        ([(0, 10), (5, None)], 10),  # one is under way
        ([(0, None)], None),
    ],
)
def test_a_row_lasts_as_long_as_any_of_its_runs(
    spans: list[tuple[float, float | None]], duration: float | None
) -> None:
    """Not from the first to the last."""
    records = [a_record(started=start, duration=length) for start, length in spans]
    assert Row("x", tuple(records)).duration == duration


def test_a_row_has_each_value_once() -> None:
    """The newest first; time is the row's own."""
    records = (
        a_record(metrics={"m/mae": 2.0}, started=30),
        a_record(metrics={"m/mae": 1.0}, started=20),
        a_record(metrics={"m/mae": 2.0}, started=10),
        a_record(started=0),
    )
    row = Row("x", records)
    assert row.values(MAE) == [2.0, 1.0]
    assert row.values(SEED) == []
    assert row.values(Column("fact", "started")) == [30]
    assert row.values(Column("fact", "duration")) == [40.0]


def named(rows: list[Row]) -> list[Any]:
    return [row.value for row in rows]


def test_rows_are_sorted_by_their_best_value() -> None:
    """Ascending by the smallest of a row, descending by its largest."""
    rows = fold(
        [
            a_record(experiment="wide", metrics={"m/mae": 1.0}),
            a_record(experiment="wide", metrics={"m/mae": 9.0}),
            a_record(experiment="none"),
            a_record(experiment="odd", metrics={"m/mae": float("nan")}),
            a_record(experiment="middle", metrics={"m/mae": 5.0}),
            a_record(experiment="high", metrics={"m/mae": 10.0}),
        ],
        EXPERIMENT,
    )
    assert named(in_order(rows, MAE)) == ["wide", "middle", "high", "none", "odd"]
    assert named(in_order(rows, MAE, descending=True)) == ["high", "wide", "middle", "none", "odd"]


def test_values_of_different_types_have_an_order() -> None:
    """Numbers, then texts and all else; equal ones keep theirs."""
    values = ["b", 10, 9.5, [1], "a", True, 9.5]
    rows = [Row(at, (a_record(parameters={"seed": each}),)) for at, each in enumerate(values)]
    assert [values[at] for at in named(in_order(rows, SEED))] == [True, 9.5, 9.5, 10, [1], "a", "b"]
    assert named(in_order(rows, SEED))[1:3] == [2, 6]
    assert named(in_order(rows, SEED, descending=True))[-3:-1] == [2, 6]


def test_rows_are_sorted_by_facts() -> None:
    """By name, and by the time of the newest run."""
    rows = fold(
        [a_record(step="b", started=2), a_record(step="a", started=1), a_record(step="c")], STEP
    )
    assert named(in_order(rows, STEP)) == ["a", "b", "c"]
    assert named(in_order(rows, Column("fact", "started"), descending=True)) == ["c", "b", "a"]
