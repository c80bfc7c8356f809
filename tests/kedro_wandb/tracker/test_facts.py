"""What is read from files that were logged."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kedro_wandb.tracker import facts, tables
from kedro_wandb.tracker.facts import flat_numbers, table_facts


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('{"mae": 30.5, "rows": 3}', {"mae": 30.5, "rows": 3.0}),
        ('{"model": "feed", "mae": 30.5, "r2": null}', {"mae": 30.5}),
        ('{"mae": 30.5, "by": {"a": 1}}', {}),
        ('{"mae": 30.5, "drops": [1]}', {}),
        ('{"mae": 30.5, "passed": true}', {}),
        ('{"mae": NaN, "rows": 3}', {}),
        ("[1, 2]", {}),
        ("no JSON", {}),
    ],
)
def test_the_numbers_of_a_flat_object_are_metrics(
    tmp_path: Path, text: str, numbers: dict[str, float]
) -> None:
    """Beside texts and nulls, which are none; a file of anything else has no metrics."""
    file = tmp_path / "file.json"
    file.write_text(text)
    assert flat_numbers(file) == numbers


def test_a_large_file_is_not_read_for_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that somebody reads take no megabytes; a dataset in JSON may take gigabytes."""
    file = tmp_path / "file.json"
    file.write_text('{"mae": 30.5}')
    monkeypatch.setattr(facts, "LARGEST_METRICS", 5)
    monkeypatch.delattr(facts, "json")
    assert flat_numbers(file) == {}


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
