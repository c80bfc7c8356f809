"""Files of listings to price."""

from __future__ import annotations

import gzip
import hashlib
import os
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from kedro.io.core import DatasetError

from rental_pricing.datasets import listings_to_price as module
from rental_pricing.datasets.listings_to_price import (
    ListingsToPriceDataset,
    ListingsToPriceError,
)
from rental_pricing.inference.incoming import IncomingListingsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def few(lake_listings: pd.DataFrame) -> pd.DataFrame:
    """Ten listings without prices, hosts and dates of delivery."""
    return lake_listings.head(10).drop(columns=["price", "host_id", "delivered_on"])


def dataset(place: object, **arguments: Any) -> ListingsToPriceDataset:
    return ListingsToPriceDataset(filepath=str(place), **arguments)


def read(place: object, **arguments: Any) -> pd.DataFrame:
    one = dataset(place, **arguments)
    one.check()
    return pd.concat(list(one.load()), ignore_index=True)


def test_all_formats_give_the_same_listings(tmp_path: Path, few: pd.DataFrame) -> None:
    """CSV, gzipped CSV and Parquet, in small pieces too."""
    few.to_csv(tmp_path / "a.csv", index=False)
    few.to_csv(tmp_path / "a.csv.gz", index=False)
    few.to_parquet(tmp_path / "a.parquet")
    tables = [read(tmp_path / name) for name in ("a.csv", "a.csv.gz", "a.parquet")]
    assert tables[0]["id"].tolist() == few["id"].tolist()
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2][list(tables[0])].astype(tables[0].dtypes))


@pytest.mark.slow
def test_a_bucket_is_read_in_pieces_too(
    s3: Any, few: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same listings, and never more of a file at once than the filesystem's blocks."""
    import fsspec
    from s3fs.core import S3File

    fsspec.get_filesystem_class("s3").clear_instance_cache()
    s3.create_bucket(Bucket="stock")
    many = pd.concat([few] * 300, ignore_index=True)
    many["id"] = range(1, len(many) + 1)
    many["name"] = [hashlib.sha256(b"%d" % each).hexdigest() for each in many["id"]]
    many.to_csv(tmp_path / "a.csv", index=False)
    many.to_csv(tmp_path / "b.csv.gz", index=False)
    many.to_parquet(tmp_path / "c.parquet", row_group_size=500)
    for file in sorted(tmp_path.iterdir()):
        s3.put_object(Bucket="stock", Key=f"new/{file.name}", Body=file.read_bytes())
    block = 1 << 13
    monkeypatch.setattr(module, "_BLOCK", block)
    monkeypatch.setattr(module, "_BUFFER", block)
    fetched: list[int] = []
    fetch = S3File._fetch_range

    def counted(file: Any, start: int, end: int) -> bytes:
        fetched.append(end - start)
        content: bytes = fetch(file, start, end)
        return content

    monkeypatch.setattr(S3File, "_fetch_range", counted)
    for file in sorted(tmp_path.iterdir()):
        fetched.clear()
        place = f"s3://stock/new/{file.name}"
        pieces = iter(dataset(place, credentials={"default_block_size": block}).load())
        first = next(pieces)
        size = file.stat().st_size
        # Columns of Parquet lie apart, so that its footer and each of them is a read of its own.
        assert file.suffix == ".parquet" or sum(fetched) < size / 2
        rows = pd.concat([first, *pieces], ignore_index=True)
        pd.testing.assert_frame_equal(rows, read(file))
        assert rows["id"].tolist() == many["id"].tolist()
        assert max(fetched) <= 8 * block < size
    with pytest.raises(IncomingListingsError, match=r"id 1: s3://stock/new/a\.csv, line 2; "):
        list(dataset("s3://stock/new").load())
    with pytest.raises(ListingsToPriceError, match=r"s3://stock/nowhere is not there"):
        dataset("s3://stock/nowhere").load()


def test_pieces_are_small(
    tmp_path: Path, few: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of the file."""
    few.to_csv(tmp_path / "a.csv", index=False)
    few.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(module, "_BLOCK", 200)
    monkeypatch.setattr(module, "_ROWS", 3)
    assert max(len(each) for each in dataset(tmp_path / "a.csv").load()) <= 3
    assert [len(each) for each in dataset(tmp_path / "a.parquet").load()] == [3, 3, 3, 1]
    assert read(tmp_path / "a.csv")["id"].tolist() == few["id"].tolist()


def test_a_folder_is_all_its_files(tmp_path: Path, few: pd.DataFrame) -> None:
    """By name; hidden files and SOURCE.md are passed over."""
    few[5:].to_csv(tmp_path / "b.csv", index=False)
    few[:5].to_parquet(tmp_path / "a.parquet")
    (tmp_path / "SOURCE.md").write_text("from us")
    (tmp_path / ".hidden").write_text("x")
    assert read(tmp_path)["id"].tolist() == few["id"].tolist()


def test_any_filesystem_will_do(few: pd.DataFrame) -> None:
    """A file and a folder of it."""
    few.to_csv("memory://to_price/a.csv", index=False)
    assert read("memory://to_price/a.csv")["id"].tolist() == few["id"].tolist()
    assert read("memory://to_price")["id"].tolist() == few["id"].tolist()


def test_the_date_of_delivery_is_in_the_name(tmp_path: Path, few: pd.DataFrame) -> None:
    """Or it is the one of the run; a name without a date tells none."""
    few[:5].to_csv(tmp_path / "2024-01-22.csv", index=False)
    few[5:].to_csv(tmp_path / "a.csv", index=False)
    days = read(tmp_path)["delivered_on"]
    assert days[:5].tolist() == [pd.Timestamp("2024-01-22")] * 5
    assert days[5:].isna().all()
    days = read(tmp_path, as_of="2024-02-05")["delivered_on"]
    assert days[5:].tolist() == [pd.Timestamp("2024-02-05")] * 5


def test_a_file_without_rows_has_no_listings(tmp_path: Path, few: pd.DataFrame) -> None:
    """A header is enough."""
    few[:0].to_csv(tmp_path / "a.csv", index=False)
    few[:0].to_parquet(tmp_path / "a.parquet")
    assert [len(each) for each in dataset(tmp_path / "a.csv").load()] == [0]
    assert list(dataset(tmp_path / "a.parquet").load()) == []


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """With the parameter that names another."""
    with pytest.raises(ListingsToPriceError, match=r"x\.csv is not there.*--params to_price="):
        dataset(tmp_path / "x.csv").check()
    with pytest.raises(ListingsToPriceError, match=r"has no listings to price"):
        dataset(tmp_path).check()


def test_something_else_in_a_folder_is_told(tmp_path: Path, few: pd.DataFrame) -> None:
    """A file of listings must not be passed over for its name."""
    few.to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "b.xlsx").write_bytes(b"PK")
    with pytest.raises(ListingsToPriceError, match=r"b\.xlsx can't be read: its name must end in"):
        dataset(tmp_path).check()
    (tmp_path / "b.xlsx").unlink()
    (tmp_path / "older").mkdir()
    with pytest.raises(ListingsToPriceError, match="has a folder in it: older"):
        dataset(tmp_path).check()


def test_a_missing_column_is_told_before_the_run(tmp_path: Path, few: pd.DataFrame) -> None:
    """By the names in any file of a folder."""
    few.to_csv(tmp_path / "a.csv", index=False)
    few.rename(columns={"name": "title"}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(ListingsToPriceError, match=r"b\.parquet: the columns name are missing"):
        dataset(tmp_path).check()


@pytest.mark.parametrize("name", ["a.csv.gz", "a.parquet"])
def test_a_damaged_file_is_told(tmp_path: Path, few: pd.DataFrame, name: str) -> None:
    """Cut in the middle, or of another kind."""
    place = tmp_path / name
    if name.endswith("gz"):
        place.write_bytes(gzip.compress(few.to_csv(index=False).encode())[:-20])
    else:
        few.to_parquet(place)
        place.write_bytes(place.read_bytes()[:-20])
    for content in (place.read_bytes(), b"plain text"):
        place.write_bytes(content)
        with pytest.raises(ListingsToPriceError, match=rf"{name} can't be read"):
            read(place)


def test_a_broken_row_is_told_with_file_and_line(tmp_path: Path, few: pd.DataFrame) -> None:
    """As of a drop."""
    place = tmp_path / "a.csv"
    lines = few.to_csv(index=False).splitlines()
    place.write_text("\n".join([*lines[:4], lines[4] + ",1", *lines[5:]]))
    with pytest.raises(ListingsToPriceError, match=r"a\.csv, line 5: 14 values instead of 13"):
        read(place)


def test_a_wrong_date_is_told(tmp_path: Path, few: pd.DataFrame) -> None:
    """Of the run."""
    few.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ListingsToPriceError, match="yesterday"):
        dataset(tmp_path / "a.csv", as_of="yesterday").check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_missing_permission_is_told(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "a.csv").touch(mode=0)
    with pytest.raises(ListingsToPriceError, match="must not be read by this user"):
        dataset(tmp_path / "a.csv").check()


def test_it_is_never_written(tmp_path: Path) -> None:
    """Another place decides what is to be priced."""
    with pytest.raises(DatasetError, match="never written"):
        dataset(tmp_path / "a.csv").save(1)
    assert not dataset(tmp_path / "a.csv").exists()
