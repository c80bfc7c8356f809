"""Files kept by their content."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from kedro_wandb.errors import FileChangedError, StoreUnavailableError
from kedro_wandb.stores.digests import CHUNK, bytes_digest
from kedro_wandb.stores.local.blobs import Blob, Blobs, NotWrittenError, copy


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty folder of content, not there yet."""
    return Blobs(tmp_path / "store/blobs")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"id,price\n")
    return path


def kept(blobs: Blobs) -> list[Path]:
    return list(blobs.files())


def unfinished(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "store/blobs/tmp").iterdir())


@pytest.mark.parametrize("expected", [False, True])
@pytest.mark.parametrize("size", [0, 1, CHUNK, 7 * CHUNK + 1])
def test_content_is_kept(tmp_path: Path, blobs: Blobs, size: int, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A file of any size is copied bit for bit, whether or not it was thought to be there."""
    content = random.Random(size).randbytes(size)  # noqa: S311 - any bytes will do
    path = tmp_path / "file"
    path.write_bytes(content)
    blob = blobs.add(path, expected=expected)
    assert blob == Blob(bytes_digest(content), size)
    assert blobs.has(blob)
    assert blobs.path(blob.digest).read_bytes() == content
    assert unfinished(tmp_path) == []


def test_content_is_named_by_its_hash(blobs: Blobs, source: Path) -> None:
    """Anybody can check what is kept with ``md5sum``; nobody changes it by accident."""
    path = blobs.path(blobs.add(source, expected=False).digest)
    assert path.parts[-2:] == ("c7", "c71fc03b4f989e8cca522e6f4a7a016d")
    assert path.stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("expected", [False, True])
def test_content_is_kept_once(blobs: Blobs, source: Path, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The same content is one file, however often it comes."""
    blobs.add(source, expected=False)
    blobs.add(source, expected=expected)
    assert len(kept(blobs)) == 1


def test_expected_content_is_not_written(blobs: Blobs, source: Path) -> None:
    """Content that is there already is only read."""
    path = blobs.path(blobs.add(source, expected=False).digest)
    before = path.stat()
    blobs.add(source, expected=True)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("place", [0, 500_000, 999_999])
def test_files_of_one_size_are_told_apart_by_samples(
    tmp_path: Path, blobs: Blobs, place: int
) -> None:
    """Where much has changed, nothing is hashed in vain; equal content resembles itself."""
    path = tmp_path / "large"
    content = bytearray(random.Random(1).randbytes(1_000_000))  # noqa: S311 - any bytes will do
    path.write_bytes(content)
    digest = blobs.add(path, expected=False).digest
    assert blobs.resembles(digest, path)
    start, end = max(place - 40_000, 0), min(place + 40_000, len(content))
    content[start:end] = bytes(end - start)
    path.write_bytes(content)
    assert not blobs.resembles(digest, path)
    assert not blobs.resembles(bytes_digest(b"not there"), path)


def test_short_files_are_compared_whole(tmp_path: Path, blobs: Blobs, source: Path) -> None:
    """Also an empty file resembles itself."""
    (tmp_path / "empty").touch()
    for path in (source, tmp_path / "empty"):
        assert blobs.resembles(blobs.add(path, expected=False).digest, path)


def test_truncated_content_is_mended(blobs: Blobs, source: Path) -> None:
    """What a crash of the machine has cut short is written again."""
    blob = blobs.add(source, expected=False)
    path = blobs.path(blob.digest)
    path.unlink()
    path.write_bytes(b"id")
    assert not blobs.has(blob)
    blobs.add(source, expected=True)
    assert path.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("expected", [False, True])
def test_each_byte_is_told_once(blobs: Blobs, tmp_path: Path, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Progress adds up to the size of the file, also if it has to be read twice."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * (2 * CHUNK + 5))
    told: list[int] = []
    blobs.add(path, told.append, expected=expected)
    assert told == [CHUNK, CHUNK, 5]


@pytest.mark.parametrize("expected", [False, True])
def test_changing_file_is_not_kept(
    tmp_path: Path,
    blobs: Blobs,
    source: Path,
    expected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A file that changes while it is read leaves nothing behind."""
    with pytest.raises(FileChangedError):
        blobs.add(source, lambda _: source.write_bytes(b"changed"), expected=expected)
    assert kept(blobs) == []
    if not expected:
        assert unfinished(tmp_path) == []


def test_file_replaced_between_two_readings_is_not_kept(
    blobs: Blobs, source: Path, tmp_path: Path
) -> None:
    """Content that was hashed is the content that is copied, or it is refused."""
    new = tmp_path / "new"
    new.write_bytes(b"ID,PRICE\n")
    with pytest.raises(FileChangedError):
        blobs.add(source, lambda _: os.replace(new, source), expected=True)  # noqa: PTH105 - as an expression


def test_missing_file_is_an_error_of_the_file(tmp_path: Path, blobs: Blobs) -> None:
    """What can't be read is no trouble of the store, and leaves nothing behind."""
    with pytest.raises(FileNotFoundError, match="missing"):
        blobs.add(tmp_path / "missing", expected=False)
    with pytest.raises(IsADirectoryError):
        blobs.add(tmp_path, expected=False)
    assert unfinished(tmp_path) == []


def test_folder_that_cannot_be_written_is_told(tmp_path: Path, source: Path) -> None:
    """Trouble in writing is the store's, and told with its folder."""
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailableError, match=r"local store in .*store can't be used now"):
        Blobs(tmp_path / "store/blobs").add(source, expected=False)


def test_failed_writing_stops_the_reading(tmp_path: Path) -> None:
    """When nothing can be written, the source is not read to its end, and no thread stays."""
    source = tmp_path / "large"
    source.write_bytes(b"x" * (40 * CHUNK))
    threads = threading.active_count()
    told: list[int] = []
    with pytest.raises(NotWrittenError, match="No such file"):
        copy(source, tmp_path / "no folder/file", told.append)
    assert sum(told) < 40 * CHUNK
    assert threading.active_count() == threads
