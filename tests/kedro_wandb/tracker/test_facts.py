"""What is read from files that were logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kedro_wandb.tracker.facts import MOST_METRICS, Metrics, metrics_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "numbers", "left_out"),
    [
        ('{"mae": 30.5, "rows": 3}', {"mae": 30.5, "rows": 3.0}, ()),
        ('{"model": "feed", "mae": 30.5, "r2": null}', {"mae": 30.5}, ()),
        ('{"acc": 0.9, "rep": {"p": 1.0, "by": {"a": 1}}}',
         {"acc": 0.9, "rep.p": 1.0, "rep.by.a": 1.0}, ()),
        ('{"mae": 30.5, "drops": [1], "by": {"ok": true}}', {"mae": 30.5}, ("drops", "by.ok")),
        ('{"mae": NaN, "rows": 3}', {"rows": 3.0}, ("mae",)),
        (f'{{"mae": 1{"0" * 400}, "rows": 3}}', {"rows": 3.0}, ("mae",)),
        ('{"drops": [1], "passed": true}', {}, ()),
        ("[1, 2]", {}, ()),
        ("no JSON", {}, ()),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, {}, ()),
    ],
)  # fmt: skip
def test_the_numbers_of_an_object_are_metrics(
    tmp_path: Path, text: str, numbers: dict[str, float], left_out: tuple[str, ...]
) -> None:
    """Those inside it with dots; what is no number is named, but for texts and nulls."""
    file = tmp_path / "file.json"
    file.write_text(text)
    assert metrics_of(file) == Metrics(numbers, left_out)


def test_a_file_with_very_many_numbers_is_no_metrics(tmp_path: Path) -> None:
    """They would bury the summary; that none of them is there is said."""
    file = tmp_path / "file.json"
    for count, numbers in [(MOST_METRICS, MOST_METRICS), (MOST_METRICS + 1, 0)]:
        file.write_text(json.dumps({str(number): number for number in range(count)}))
        assert len(metrics_of(file).numbers) == numbers
    assert metrics_of(file).remark == "not in the summary: all of its 201 numbers"


def test_what_is_left_out_is_named_shortly() -> None:
    """The first of many, and how many more."""
    assert Metrics().remark == ""
    assert Metrics({}, tuple("abcde")).remark == "not in the summary: a, b, c and 2 more"
