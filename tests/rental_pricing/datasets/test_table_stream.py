"""Tables that are written in pieces."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from kedro.io.core import DatasetError
from pyarrow import parquet

from rental_pricing.datasets.table_stream import StreamError, TableStreamDataset
from rental_pricing.errors import UserInputError
from rental_pricing.inference.streams import TableStream

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("typical_price", pa.float64()),
        ("model_data", pa.timestamp("ms")),
        ("note", pa.string()),
    ]
)
PIECES = [
    pd.DataFrame(
        {
            "id": ids,
            "typical_price": [99.5, None],
            "model_data": pd.Timestamp("2024-01-15"),
            "note": ["", 'not priced: "x", y'],
        }
    )
    for ids in ([2**60, 1], [7, 8])
]
ENDINGS = ["parquet", "csv", "csv.gz"]


def stream(*pieces: Any) -> TableStream:
    return TableStream(SCHEMA, lambda: iter(pieces or PIECES))


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_saved_is_what_is_loaded(tmp_path: Path, ending: str) -> None:
    """All pieces, in their order; equal streams are equal bytes."""
    place = tmp_path / f"a/estimates.{ending}"
    dataset = TableStreamDataset(filepath=str(place))
    assert not dataset.exists()
    dataset.save(stream())
    before = place.read_bytes()
    dataset.save(stream())
    assert place.read_bytes() == before
    found = dataset.load()
    assert found["id"].tolist() == [2**60, 1, 7, 8]
    assert found["typical_price"].tolist()[::2] == [99.5, 99.5]
    assert found["typical_price"].isna().sum() == 2
    assert found["note"].tolist()[1] == 'not priced: "x", y'
    assert [each.name for each in place.parent.iterdir()] == [place.name]


def test_each_piece_is_a_row_group(tmp_path: Path) -> None:
    """So that whoever reads it need not hold all of it, either."""
    TableStreamDataset(filepath=str(tmp_path / "a.parquet")).save(stream())
    assert parquet.ParquetFile(tmp_path / "a.parquet").num_row_groups == 2


def test_csv_is_for_spreadsheets(tmp_path: Path) -> None:
    """Dates are days, missing values nothing at all; what has a comma is quoted."""
    TableStreamDataset(filepath=str(tmp_path / "a.csv")).save(stream())
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert [name.strip('"') for name in lines[0].split(",")] == SCHEMA.names
    assert lines[3] == '7,99.5,2024-01-15,""'
    assert lines[4] == '8,,2024-01-15,"not priced: ""x"", y"'


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_without_rows_has_its_columns(tmp_path: Path, ending: str) -> None:
    """Saved, loaded and shown."""
    dataset = TableStreamDataset(filepath=str(tmp_path / f"a.{ending}"))
    dataset.save(TableStream(SCHEMA, list))
    assert list(dataset.load()) == SCHEMA.names
    assert len(dataset.load()) == 0
    assert dataset.preview()["columns"] == SCHEMA.names


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_first_rows_are_shown(tmp_path: Path, ending: str) -> None:
    """Ready for JSON."""
    dataset = TableStreamDataset(filepath=str(tmp_path / f"a.{ending}"))
    dataset.save(stream())
    assert [row[:3] for row in dataset.preview(nrows=2)["data"]] == [
        [2**60, 99.5, "2024-01-15"],
        [1, None, "2024-01-15"],
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_fails_in_the_middle_leaves_the_old_file(tmp_path: Path, ending: str) -> None:
    """The reason is told as it is."""

    def broken() -> Any:
        yield PIECES[0]
        msg = "a.csv, line 7: id is missing"
        raise UserInputError(msg)

    place = tmp_path / f"a.{ending}"
    dataset = TableStreamDataset(filepath=str(place))
    dataset.save(stream())
    before = place.read_bytes()
    with pytest.raises(StreamError, match=r"^a\.csv, line 7: id is missing$"):
        dataset.save(TableStream(SCHEMA, broken))
    assert place.read_bytes() == before
    assert list(tmp_path.iterdir()) == [place]


def test_killed_in_the_middle_the_old_file_stays(tmp_path: Path) -> None:
    """And what the killed one left goes with the next save."""
    place = tmp_path / "a.parquet"
    dataset = TableStreamDataset(filepath=str(place))
    dataset.save(stream())
    before = place.read_bytes()
    program = f"""
import os, signal
import pandas as pd
import pyarrow as pa
from rental_pricing.datasets.table_stream import TableStreamDataset
from rental_pricing.inference.streams import TableStream

def pieces():
    yield pd.DataFrame({{"id": [1]}})
    os.kill(os.getpid(), signal.SIGKILL)

stream = TableStream(pa.schema([("id", pa.int64())]), pieces)
TableStreamDataset(filepath={str(place)!r}).save(stream)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert place.read_bytes() == before
    dataset.save(stream())
    assert list(tmp_path.iterdir()) == [place]


def test_any_filesystem_will_do(tmp_path: Path) -> None:
    """The file is put there whole."""
    dataset = TableStreamDataset(filepath=f"memory:/{tmp_path}/a.parquet")
    dataset.save(stream())
    assert dataset.load()["id"].tolist() == [2**60, 1, 7, 8]


@pytest.mark.parametrize("name", ["estimates.xlsx", "estimates"])
def test_another_ending_is_told_before_the_run(tmp_path: Path, name: str) -> None:
    """Nothing is written."""
    dataset = TableStreamDataset(filepath=str(tmp_path / name))
    with pytest.raises(StreamError, match=r"must end in \.parquet, \.csv or \.csv\.gz"):
        dataset.check()
    with pytest.raises(DatasetError, match="must end in"):
        dataset.save(stream())
    assert not list(tmp_path.iterdir())


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    """It is not replaced."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(StreamError, match="is a folder"):
        TableStreamDataset(filepath=str(tmp_path / "a.csv")).check()
