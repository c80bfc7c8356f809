"""What is read from files that were logged."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from kedro_wandb.tracker import facts, tables
from kedro_wandb.tracker.facts import MOST_METRICS, Metrics, metrics_of, table_facts

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
        ('{"mae": 30.5, "expired": [], "by": {}}', {"mae": 30.5}, ()),
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


def test_a_large_file_is_not_read_for_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that somebody reads take no megabytes; a dataset in JSON may take gigabytes."""
    file = tmp_path / "file.json"
    file.write_text('{"mae": 30.5}')
    monkeypatch.setattr(facts, "LARGEST_METRICS", 5)
    monkeypatch.delattr(facts, "json")
    assert metrics_of(file) == Metrics()


def test_a_table_has_rows_and_types_packed_or_not(tmp_path: Path) -> None:
    """Of several files alike, the sum; after each there is a sign of life."""
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_text("place,price\nBronx,50\n")
    packed.write_bytes(gzip.compress(b"place,price\nQueens,70\nBronx,55\n"))
    signs: list[int] = []
    assert table_facts([plain, packed], signs.append) == {
        "rows": 3,
        "columns": {"place": "string", "price": "int64"},
    }
    assert signs == [0, 0]


def test_the_limit_of_tables_is_on_what_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file may hold very many rows; no more of it is unpacked than the limit."""
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress(b"price\n" + b"50\n" * 100_000))
    assert table_facts([file])["rows"] == 100_000
    assert file.stat().st_size < 5_000
    monkeypatch.setattr(tables, "LARGEST_TABLE", 5_000)
    assert table_facts([file]) == {}


def test_what_is_no_table_has_no_facts(tmp_path: Path) -> None:
    """Whatever its name says."""
    file = tmp_path / "rows.parquet"
    file.write_text("no table")
    assert table_facts([file]) == {}
