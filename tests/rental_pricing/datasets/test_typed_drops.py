"""The folder of typed drops as a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from kedro.io.core import DatasetError
from week import as_csv, good_rows, process_week

from rental_pricing.datasets import typed_drops, weekly_drops
from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.errors import DropFormatError
from rental_pricing.listings.columns import LISTING_DTYPES
from rental_pricing.listings.ingest import DropsToType, Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

DAYS = ("2024-01-08", "2024-01-15")


@dataclass(frozen=True)
class Made:
    """A drop that is made by a function."""

    make: Callable[[], pa.Table]
    file: str = "a.csv"

    def pieces(self, findings: Findings) -> Iterator[pa.Table]:
        """Yield it whole."""
        findings.accepted += 1
        yield self.make()


def drops(makes: dict[str, Callable[[], pa.Table]]) -> DropsToType:
    return DropsToType({day: Made(make) for day, make in makes.items()})  # type: ignore[arg-type]


@pytest.fixture
def dataset(tmp_path: Path, parameters: Any) -> TypedDropsDataset:
    """A folder with two typed drops."""
    process_week(tmp_path, dict.fromkeys(DAYS, as_csv(good_rows(5))), parameters)
    return TypedDropsDataset(path=str(tmp_path / "typed_drops"))


def test_drops_are_loaded_by_date_when_asked(dataset: TypedDropsDataset) -> None:
    """Each in the types of the listings, texts as texts, the id as it is before judging."""
    drops = dataset.load()
    assert tuple(drops) == DAYS
    found = {name: str(dtype) for name, dtype in drops[DAYS[0]]().dtypes.items()}
    expected = LISTING_DTYPES | dict.fromkeys(
        ("neighbourhood_group", "neighbourhood", "room_type", "reason", "detail"), "str"
    )
    assert found == expected | {"id": "Int64", "line": "int64"}


def test_some_columns_can_be_asked_for(dataset: TypedDropsDataset) -> None:
    """In the order asked for; the others are not read."""
    frame = dataset.load()[DAYS[1]](columns=["price", "id"])
    assert list(frame.columns) == ["price", "id"]
    assert frame["id"].tolist() == [1000, 1001, 1002, 1003, 1004]


def test_what_is_told_of_the_file_comes_with_it(dataset: TypedDropsDataset) -> None:
    """Its name, and how many hosts have no name: the names themselves are nowhere."""
    assert dataset.load()[DAYS[0]]().attrs == {"file": f"{DAYS[0]}.csv", "missing_host_name": 0}


def test_a_save_replaces_the_folder(dataset: TypedDropsDataset, tmp_path: Path) -> None:
    """A drop that expired is not left lying about."""
    table = pyarrow_table(dataset)
    dataset.save(drops({"2024-01-22": lambda: table}))
    assert [path.name for path in (tmp_path / "typed_drops").iterdir()] == ["2024-01-22.parquet"]


def pyarrow_table(dataset: TypedDropsDataset) -> pa.Table:
    from pyarrow import parquet

    return parquet.read_table(f"{dataset._path}/{DAYS[0]}.parquet")


def test_drops_are_made_one_after_the_other(dataset: TypedDropsDataset) -> None:
    """In the order given, each once: one is in memory at a time."""
    table, calls = pyarrow_table(dataset), []

    def make(day: str) -> Any:
        return lambda: calls.append(day) or table

    dataset.save(drops({day: make(day) for day in DAYS}))
    assert tuple(calls) == DAYS


@pytest.mark.parametrize("problem", [DropFormatError("b.csv is empty."), ZeroDivisionError()])
def test_a_drop_that_cannot_be_made_leaves_the_folder_as_it_was(
    dataset: TypedDropsDataset, tmp_path: Path, problem: Exception
) -> None:
    """Nothing of the new folder is left; a user's error stays in its own words."""
    table = pyarrow_table(dataset)

    def fail() -> pa.Table:
        raise problem

    with pytest.raises(DatasetError) as error:
        dataset.save(drops({"2024-01-22": lambda: table, "2024-01-29": fail}))
    if isinstance(problem, DropFormatError):
        assert str(error.value) == "b.csv is empty."
        assert isinstance(error.value, DropFormatError)
    assert tuple(dataset.load()) == DAYS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw", "typed_drops"]


def test_equal_drops_are_equal_bytes(
    dataset: TypedDropsDataset, tmp_path: Path, parameters: Any
) -> None:
    """A second run makes no new version of anything."""
    folder = tmp_path / "typed_drops"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    process_week(tmp_path, {}, parameters)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    del dataset


def test_a_large_drop_is_typed_in_pieces(
    tmp_path: Path, parameters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row groups of equal length, wherever the text was cut; together they are the drop."""
    rows = good_rows(50)
    rows[3]["price"], rows[20]["name"] = "9000", 'A "quiet" one,\nwith a garden'
    content = {DAYS[0]: as_csv(rows)}
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = process_week(tmp_path / "whole", content, parameters).typed[DAYS[0]]
    monkeypatch.setattr(weekly_drops, "_BLOCK", 700)
    monkeypatch.setattr(typed_drops, "ROWS", 12)
    cut: Any = process_week(tmp_path / "cut", content, parameters).typed[DAYS[0]]
    assert [piece.rows for piece in cut.pieces] == [
        slice(0, 12), slice(12, 24), slice(24, 36), slice(36, 48), slice(48, 50),
    ]  # fmt: skip
    pieces = [piece() for piece in cut.pieces]
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole())
    pd.testing.assert_frame_equal(cut(), whole())
    assert pieces[-1].attrs == whole().attrs


@pytest.mark.parametrize("look", ["load", "check"])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, look: str) -> None:
    """With the command that makes it."""
    dataset = TypedDropsDataset(path=str(tmp_path / "typed_drops"))
    with pytest.raises(DatasetError, match="kedro run --pipelines data_processing"):
        getattr(dataset, look)()


def test_the_tracking_takes_it_for_a_partitioned_dataset(dataset: TypedDropsDataset) -> None:
    """Each drop is a file of its own in the artifact."""
    from kedro_wandb.hook.catalog import is_partitioned

    assert is_partitioned(dataset)
    assert [dataset._path_to_partition(path) for path in dataset._list_partitions()] == [*DAYS]


def test_missing_values_are_missing_of_each_type(tmp_path: Path, parameters: Any) -> None:
    """Numbers, dates and texts alike."""
    row = good_rows(1)[0] | dict.fromkeys(
        ("name", "host_id", "minimum_nights", "last_review", "reviews_per_month"), ""
    )
    week = process_week(tmp_path, {DAYS[0]: as_csv([row])}, parameters)
    assert week.typed[DAYS[0]]().loc[0, list(row)[:1]].notna().all()
    gone = week.typed[DAYS[0]]()[["name", "host_id", "minimum_nights", "last_review"]]
    assert gone.isna().all(axis=None)
    assert pd.isna(week.listings["reviews_per_month"][0])
