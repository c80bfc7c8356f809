"""Two sides by name: what differs, and what is equal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from kedro_wandb.reading.comparison import Pair, Section, compare
from kedro_wandb.reading.sides import Side


def side(**sections: Mapping[str, list[Any]]) -> Side:
    return Side("run", "r", sections)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ([1], [1.0], True),
        ([1], [True], False),
        ([1], ["1"], False),
        ([None], [], False),
        (["a", "b"], ["b", "a"], True),
        (["a", "b"], ["a"], False),
        ([[1, 2]], [[2, 1]], False),
        ([{"digest": "x", "bytes": 1}], [{"bytes": 1, "digest": "x"}], True),
        ([float("nan")], [float("nan")], True),
        ([0.1 + 0.2], [0.3], False),
    ],
)
def test_values_are_compared_as_they_are(a: list[Any], b: list[Any], *, equal: bool) -> None:
    """Numbers by value, all else as JSON has it, and several in any order."""
    assert Pair("x", a, b).equal is equal


def test_what_differs_is_apart_from_what_is_equal() -> None:
    """Under each heading, with what only one has; plain names before those with dots."""
    a = side(files={"z": [1], "b.c": [1], "same": [1]}, metrics={}, inputs={"x": ["v0"]})
    b = side(files={"z": [2], "a": [1], "same": [1]}, metrics={}, inputs={"x": ["v0"]})
    assert compare(a, b) == [
        Section(
            "files",
            (Pair("a", (), [1]), Pair("z", [1], [2]), Pair("b.c", [1], ())),
            (Pair("same", [1], [1]),),
        ),
        Section("inputs", (), (Pair("x", ["v0"], ["v0"]),)),
    ]
