"""The folder of drops."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import fsspec
import pytest
from kedro.io.core import DatasetError

from rental_pricing.datasets.weekly_drops import DropFolderError, WeeklyDropsDataset
from rental_pricing.listings.columns import RAW_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = (
    ",".join(RAW_COLUMNS)
    + "\n1,Room,5,Ann,Queens,Sunnyside,40.74,-73.92,Private room,74,2,6,2019-05-26,0.13,1,5\n"
).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2024-01-08.csv").write_bytes(CONTENT)
    (tmp_path / "2024-01-15.csv.gz").write_bytes(gzip.compress(CONTENT))
    (tmp_path / ".gitkeep").touch()
    return tmp_path


def test_drops_are_listed_by_date_and_read_when_asked(folder: Path) -> None:
    """Plain and gzipped drops are read alike; hidden files are passed over."""
    drops = WeeklyDropsDataset(path=str(folder)).load()
    assert list(drops) == ["2024-01-08.csv", "2024-01-15.csv.gz"]
    assert [len(read()) for read in drops.values()] == [1, 1]


def test_as_of_leaves_later_drops_out(folder: Path) -> None:
    """A past week can be run again as it was."""
    drops = WeeklyDropsDataset(path=str(folder), as_of="2024-01-14").load()
    assert list(drops) == ["2024-01-08.csv"]


def test_any_filesystem_will_do() -> None:
    """The folder may be at any fsspec address."""
    with fsspec.open("memory://bucket/drops/2024-01-08.csv", "wb") as file:
        file.write(CONTENT)
    drops = WeeklyDropsDataset(path="memory://bucket/drops").load()
    assert [len(read()) for read in drops.values()] == [1]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("listings.csv", "listings.csv is not a drop"),
        ("2024-02-30.csv", "2024-02-30.csv is not a drop"),
        ("2024-1-8.csv", "2024-1-8.csv is not a drop"),
        ("2024-01-22.xlsx", "2024-01-22.xlsx is not a drop"),
        ("old/2024-01-01.csv", "old/2024-01-01.csv is not a drop"),
        ("2024-01-08.csv.gz", "two drops of 2024-01-08"),
    ],
)
def test_a_file_that_is_no_drop_is_an_error(folder: Path, name: str, told: str) -> None:
    """A delivery is never ignored in silence."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(CONTENT)
    with pytest.raises(DropFolderError, match=told):
        WeeklyDropsDataset(path=str(folder)).load()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """The message says how to name another folder."""
    with pytest.raises(DropFolderError, match=r"does not exist\. .* --params drops=FOLDER"):
        WeeklyDropsDataset(path=str(tmp_path / "nowhere")).load()


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """The message says what the folder should hold."""
    with pytest.raises(DropFolderError, match=r"has no drop\. Put a file named YYYY-MM-DD\.csv"):
        WeeklyDropsDataset(path=str(tmp_path)).load()


def test_as_of_before_the_first_drop_is_told(folder: Path) -> None:
    """The message names the first drop."""
    with pytest.raises(DropFolderError, match="no drop up to 2023-01-01; the first one is of 2024"):
        WeeklyDropsDataset(path=str(folder), as_of="2023-01-01").load()


@pytest.mark.parametrize("as_of", ["2024-1-8", "20240108", "yesterday"])
def test_as_of_must_be_a_date(folder: Path, as_of: str) -> None:
    """Anything but YYYY-MM-DD is refused before anything is read."""
    with pytest.raises(DropFolderError, match="is not a date; write it as YYYY-MM-DD"):
        WeeklyDropsDataset(path=str(folder), as_of=as_of)


def test_a_cut_off_archive_is_told(folder: Path) -> None:
    """A gzip file that is not whole is named, with what to do."""
    (folder / "2024-01-15.csv.gz").write_bytes(gzip.compress(CONTENT * 100)[:-20])
    read = WeeklyDropsDataset(path=str(folder)).load()["2024-01-15.csv.gz"]
    with pytest.raises(DropFolderError, match=r"2024-01-15.csv.gz can't be read .* Deliver"):
        read()


def test_drops_are_never_written(folder: Path) -> None:
    """The folder belongs to those who deliver."""
    with pytest.raises(DatasetError, match="never written"):
        WeeklyDropsDataset(path=str(folder)).save({"2024-01-22.csv": None})
