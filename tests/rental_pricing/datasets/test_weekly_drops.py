"""The folder of weekly drops as a dataset."""

from __future__ import annotations

import gzip
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from kedro.io.core import DatasetError
from week import as_csv, good_rows

from rental_pricing.datasets.drop_folder import DropFolderError
from rental_pricing.datasets.weekly_drops import SourceNoteDataset, WeeklyDropsDataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa

CONTENT = as_csv(good_rows(1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two drops, one gzipped, and a hidden file."""
    place = tmp_path / "drops"
    place.mkdir()
    (place / "2024-01-08.csv").write_bytes(CONTENT)
    (place / "2024-01-15.csv.gz").write_bytes(gzip.compress(CONTENT))
    (place / ".gitkeep").touch()
    (place / ".cache").mkdir()
    (place / ".cache/2024-01-01.csv").touch()
    (place / "SOURCE.md").write_text("Invented.")
    return place


@pytest.fixture
def bucket(s3: Any) -> Any:
    """A client of an S3 server with an empty bucket ``drops``.

    fsspec keeps connections; one of an earlier test would lead to a server that has gone.
    """
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    s3.create_bucket(Bucket="drops")
    return s3


def refusal(load: Callable[[], Any]) -> str:
    """Return the one line that is told, free of Python's words."""
    with pytest.raises(DropFolderError) as error:
        load()
    text = str(error.value)
    assert len(text.splitlines()) == 1
    assert len(text) < 500
    assert "Error" not in text
    assert ".." not in text.replace("...", "")
    return text


def rows(read: Callable[[], Iterable[pa.Table]]) -> int:
    return sum(piece.num_rows for piece in read())


def test_drops_are_listed_by_date_and_read_when_asked(folder: Path) -> None:
    """Plain and gzipped drops are read alike; hidden files and the note are passed over."""
    drops = WeeklyDropsDataset(path=str(folder)).load()
    assert list(drops) == ["2024-01-08.csv", "2024-01-15.csv.gz"]
    assert [rows(read) for read in drops.values()] == [1, 1]


def test_as_of_leaves_later_drops_out(folder: Path) -> None:
    """A past week can be run again as it was; its own day is in."""
    listed = [list(WeeklyDropsDataset(path=str(folder), as_of=day).load())
              for day in ("2024-01-14", "2024-01-15")]  # fmt: skip
    assert listed == [["2024-01-08.csv"], ["2024-01-08.csv", "2024-01-15.csv.gz"]]


def test_any_filesystem_will_do() -> None:
    """The folder may be at any fsspec address; so may the note."""
    with fsspec.open("memory://bucket/drops/2024-01-08.csv", "wb") as file:
        file.write(CONTENT)
    with fsspec.open("memory://bucket/drops/SOURCE.md", "wb") as file:
        file.write(b"Invented.")
    drops = WeeklyDropsDataset(path="memory://bucket/drops").load()
    assert [rows(read) for read in drops.values()] == [1]
    assert SourceNoteDataset(filepath="memory://bucket/drops/SOURCE.md").load() == "Invented."


def test_a_bucket_will_do(bucket: Any) -> None:
    """With a folder of its own, or without; markers of folders are passed over."""
    bucket.put_object(Bucket="drops", Key="weekly/", Body=b"")
    for place in ("", "weekly/"):
        bucket.put_object(Bucket="drops", Key=f"{place}2024-01-08.csv", Body=CONTENT)
    bucket.put_object(Bucket="drops", Key="weekly/SOURCE.md", Body=b"Invented.")
    drops = WeeklyDropsDataset(path="s3://drops/weekly").load()
    assert [(name, rows(read)) for name, read in drops.items()] == [("2024-01-08.csv", 1)]
    assert SourceNoteDataset(filepath="s3://drops/weekly/SOURCE.md").load() == "Invented."
    assert SourceNoteDataset(filepath="s3://drops/nowhere/SOURCE.md").load() is None
    assert "weekly is not a drop: " in refusal(WeeklyDropsDataset(path="s3://drops").load)
    assert "does not exist" in refusal(WeeklyDropsDataset(path="s3://drops/nowhere").load)


def test_a_drop_that_came_since_is_found(bucket: Any) -> None:
    """What was listed before is not remembered."""
    dataset = WeeklyDropsDataset(path="s3://drops/weekly")
    for count, day in enumerate(("2024-01-08", "2024-01-15"), start=1):
        bucket.put_object(Bucket="drops", Key=f"weekly/{day}.csv", Body=CONTENT)
        assert len(dataset.load()) == count


def test_credentials_are_for_the_listing_and_for_each_drop(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the catalog gives them; nothing of the environment is needed."""
    bucket.put_object(Bucket="drops", Key="weekly/2024-01-08.csv", Body=CONTENT)
    bucket.put_object(Bucket="drops", Key="weekly/SOURCE.md", Body=b"Invented.")
    credentials = {"key": "testing", "secret": "testing",
                   "client_kwargs": {"endpoint_url": os.environ["AWS_ENDPOINT_URL"]}}  # fmt: skip
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    drops = WeeklyDropsDataset(path="s3://drops/weekly", credentials=credentials).load()
    assert [rows(read) for read in drops.values()] == [1]
    note = SourceNoteDataset(filepath="s3://drops/weekly/SOURCE.md", credentials=credentials)
    assert note.load() == "Invented."


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("listings.csv", "listings.csv is not a drop"),
        ("2024-02-30.csv", "2024-02-30.csv is not a drop"),
        ("2024-1-8.csv", "2024-1-8.csv is not a drop"),
        ("2024-01-22.xlsx", "2024-01-22.xlsx is not a drop"),
        ("old/2024-01-01.csv", "old is not a drop"),
        ("2024-01-22.csv/part.csv", "2024-01-22.csv is not a drop: it is a folder"),
        ("2024-01-08.csv.gz", "two drops of 2024-01-08"),
        ("1999-12-31.csv", "1999-12-31.csv is not a drop: the year"),
        ("2200-01-01.csv", "2200-01-01.csv is not a drop: the year"),
        ("x" * 200, "… is not a drop"),
    ],
)
def test_a_file_that_is_no_drop_is_an_error(folder: Path, name: str, told: str) -> None:
    """A delivery is never ignored in silence."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(CONTENT)
    assert told in refusal(WeeklyDropsDataset(path=str(folder)).load)


@pytest.mark.parametrize("name", ["2000-01-01.csv", "2199-12-31.csv"])
def test_drops_of_two_centuries_are_read(folder: Path, name: str) -> None:
    """The first and the last day."""
    (folder / name).write_bytes(CONTENT)
    assert name in WeeklyDropsDataset(path=str(folder)).load()


def test_a_folder_that_is_none_is_told(folder: Path, tmp_path: Path) -> None:
    """A missing one, an empty one, a file: each with what to do."""
    (tmp_path / "empty").mkdir()
    for place, told in (
        (tmp_path / "nowhere", "does not exist. Name another one: --params drops=FOLDER"),
        (tmp_path / "empty", "has no drop. Put a file named YYYY-MM-DD.csv"),
        (folder / "2024-01-08.csv", "is a file, not a folder. Name its folder"),
    ):
        assert told in refusal(WeeklyDropsDataset(path=str(place)).load)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_must_not_be_read_is_told(folder: Path) -> None:
    """A permission is missing: delivering again would not help."""
    (folder / "2024-01-08.csv").chmod(0)
    read = WeeklyDropsDataset(path=str(folder)).load()["2024-01-08.csv"]
    assert "must not be read by this user" in refusal(lambda: rows(read))
    folder.chmod(0)
    assert "must not be read by this user" in refusal(WeeklyDropsDataset(path=str(folder)).load)
    folder.chmod(stat.S_IRWXU)


def test_a_missing_permission_is_told_whoever_runs_this(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the file system says it."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    read = WeeklyDropsDataset(path=str(folder)).load()["2024-01-08.csv"]
    monkeypatch.setattr("fsspec.open", refused)
    assert "must not be read by this user" in refusal(lambda: rows(read))
    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.ls", refused)
    assert "must not be read by this user" in refusal(WeeklyDropsDataset(path=str(folder)).load)


def test_the_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kedro puts the project's path before ``~``; it is taken away again."""
    monkeypatch.setenv("HOME", str(folder.parent))
    for path in ("~/drops", "/project/~/drops"):
        assert len(WeeklyDropsDataset(path=path).load()) == 2
        assert SourceNoteDataset(filepath=f"{path}/SOURCE.md").load() == "Invented."


@pytest.mark.parametrize(
    ("path", "told"),
    [("nfs://server/drops", "Protocol not known: nfs"), ("sftp://server/drops", "can't be read: ")],
)
def test_an_address_that_cannot_be_used_is_told(path: str, told: str) -> None:
    """When it is read, not when the catalog is made; the note has nothing to add."""
    dataset = WeeklyDropsDataset(path=path)
    assert repr(dataset) == f"WeeklyDropsDataset({path})"
    assert told in refusal(dataset.load)
    assert SourceNoteDataset(filepath=f"{path}/SOURCE.md").load() is None


def test_a_server_that_does_not_answer_is_told() -> None:
    """With its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{free.getsockname()[1]}/drops"
    text = refusal(WeeklyDropsDataset(path=place).load)
    assert place in text
    assert SourceNoteDataset(filepath=f"{place}/SOURCE.md").load() is None


def test_as_of_before_the_first_drop_is_told(folder: Path) -> None:
    """The message names the first drop."""
    text = refusal(WeeklyDropsDataset(path=str(folder), as_of="2023-01-01").load)
    assert "no drop up to 2023-01-01; the first one is of 2024" in text


@pytest.mark.parametrize(
    "as_of", ["2024-1-8", "20240108", "yesterday", "", "2024-01-08 ", 20240108]
)
def test_as_of_must_be_a_date(folder: Path, as_of: Any) -> None:
    """Anything but YYYY-MM-DD is refused, in one line, before anything is read."""
    text = refusal(WeeklyDropsDataset(path=str(folder), as_of=as_of).load)
    assert "is not a date; write it as YYYY-MM-DD" in text


def test_a_cut_off_archive_is_told(folder: Path) -> None:
    """A gzip file that is not whole is named, with what to do."""
    (folder / "2024-01-15.csv.gz").write_bytes(gzip.compress(CONTENT * 100)[:-20])
    read = WeeklyDropsDataset(path=str(folder)).load()["2024-01-15.csv.gz"]
    text = refusal(lambda: rows(read))
    assert "2024-01-15.csv.gz can't be read (the archive is damaged or cut). Deliver" in text


def test_a_run_looks_at_the_folder_before_it_begins(tmp_path: Path) -> None:
    """So that nothing has changed when it is told."""
    assert "does not exist" in refusal(WeeklyDropsDataset(path=str(tmp_path / "no")).check)


def test_a_note_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    """Then the source is not stated."""
    dataset = SourceNoteDataset(filepath=str(tmp_path / "SOURCE.md"))
    assert dataset.load() is None
    assert not dataset.exists()


def test_a_note_that_cannot_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    """Not UTF-8, or a folder; with the place."""
    note = tmp_path / "SOURCE.md"
    note.write_bytes("one\ncafé".encode("latin-1"))
    dataset = SourceNoteDataset(filepath=str(note))
    assert f"{note} can't be read: byte 0xe9 in line 2 is not UTF-8" in refusal(dataset.check)
    note.unlink()
    note.mkdir()
    assert "it is a folder" in refusal(dataset.check)


def test_what_is_delivered_is_never_written(folder: Path) -> None:
    """The folder belongs to those who deliver."""
    for dataset, data in (
        (WeeklyDropsDataset(path=str(folder)), {}),
        (WeeklyDropsDataset(path=str(folder))._drop(str(folder / "2024-01-08.csv")), "more"),
        (SourceNoteDataset(filepath=str(folder / "SOURCE.md")), "more"),
    ):
        with pytest.raises(DatasetError, match="never written"):
            dataset.save(data)  # type: ignore[arg-type]
