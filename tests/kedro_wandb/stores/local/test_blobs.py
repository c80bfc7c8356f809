"""Files kept by their content."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kedro_wandb.errors import FileChangedError, StoreUnavailableError
from kedro_wandb.stores.digests import CHUNK, bytes_digest
from kedro_wandb.stores.local import blobs as blobs_module
from kedro_wandb.stores.local.blobs import Blob, Blobs
from kedro_wandb.stores.local.locks import Locks

SIZES = [0, 1, CHUNK, CHUNK + 1, 7 * CHUNK + 1]


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[Blobs]:
    """An empty folder of content, not there yet."""
    locks = Locks(tmp_path / "store/locks")
    yield Blobs(tmp_path / "store/blobs", locks)
    locks.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"id,price\n")
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that is not read into memory as a whole."""
    path = tmp_path / "large.csv"
    path.write_bytes(some_bytes(3 * CHUNK + 5))
    return path


def some_bytes(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - any bytes will do


def kept(blobs: Blobs) -> list[Path]:
    return list(blobs.files())


def unfinished(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "store/blobs/tmp"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("size", SIZES)
def test_content_is_kept(tmp_path: Path, blobs: Blobs, size: int) -> None:
    """A file of any size is copied bit for bit."""
    content = some_bytes(size)
    path = tmp_path / "file"
    path.write_bytes(content)
    (blob,) = blobs.add([path])
    assert blob == Blob(bytes_digest(content), size)
    assert blobs.has(blob)
    assert blobs.path(blob.digest).read_bytes() == content
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_content_is_kept_where_the_kernel_can_not_copy(
    blobs: Blobs, large: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is copied by hand, from where the kernel gave up."""
    copy, calls = os.copy_file_range, []

    def once(source: int, target: int, _: int, at: int, to: int) -> int:
        calls.append(at)
        if len(calls) > 1:
            raise OSError(number, os.strerror(number))
        return copy(source, target, CHUNK + 7, at, to)

    monkeypatch.setattr(os, "copy_file_range", once)
    (blob,) = blobs.add([large])
    assert calls == [0, CHUNK + 7]
    assert blobs.path(blob.digest).read_bytes() == large.read_bytes()


def test_content_is_kept_without_such_a_call(
    blobs: Blobs, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some systems do not have it, and pieces are put together in order."""
    monkeypatch.delattr(os, "copy_file_range")
    monkeypatch.setattr(blobs_module, "_PIECE", CHUNK)
    (blob,) = blobs.add([large])
    assert blobs.path(blob.digest).read_bytes() == large.read_bytes()


def test_content_is_named_by_its_hash(blobs: Blobs, source: Path) -> None:
    """Anybody can check what is kept with ``md5sum``."""
    path = blobs.path(blobs.add([source])[0].digest)
    assert path.parts[-2:] == ("c7", "c71fc03b4f989e8cca522e6f4a7a016d")


def test_store_can_be_removed_without_questions(blobs: Blobs, source: Path, tmp_path: Path) -> None:
    """``rm -r`` asks about each file that its owner may not write."""
    path = blobs.path(blobs.add([source])[0].digest)
    assert path.stat().st_mode & 0o200
    command = ["rm", "-r", str(tmp_path / "store")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=10)
    assert not (tmp_path / "store").exists()


def test_content_is_kept_once(tmp_path: Path, blobs: Blobs, source: Path) -> None:
    """The same content is one file, however often it comes, also at the same time."""
    twin = tmp_path / "twin.csv"
    twin.write_bytes(source.read_bytes())
    assert len(set(blobs.add([source, twin]))) == 1
    blobs.add([twin])
    assert len(kept(blobs)) == 1
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("size", SIZES)
def test_known_content_is_not_written(tmp_path: Path, blobs: Blobs, size: int) -> None:
    """Content that is there already is only read."""
    source = tmp_path / "file"
    source.write_bytes(some_bytes(size))
    path = blobs.path(blobs.add([source])[0].digest)
    before = path.stat()
    blobs.add([source])
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_known_content_opens_no_other_file(
    tmp_path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of one size cost as much as files of different sizes: none is compared with others."""
    for number in range(50):
        (tmp_path / f"{number}.csv").write_text(f"{number:04}")
    sources = [tmp_path / f"{number}.csv" for number in range(50)]
    blobs.add(sources[:49])
    opened: list[Path] = []
    open_path = Path.open

    def note(path: Path, *args: object, **other: object) -> object:
        opened.append(path)
        return open_path(path, *args, **other)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", note)
    blobs.add(sources)
    written = [path for path in opened if path.is_relative_to(tmp_path / "store")]
    assert (len(opened) - len(written), len(written)) == (50, 1)


def test_truncated_content_is_mended(blobs: Blobs, source: Path) -> None:
    """What a crash of the machine has cut short is written again."""
    (blob,) = blobs.add([source])
    path = blobs.path(blob.digest)
    path.write_bytes(b"id")
    assert not blobs.has(blob)
    blobs.add([source])
    assert path.read_bytes() == source.read_bytes()


def test_each_byte_is_told_once(blobs: Blobs, large: Path, source: Path) -> None:
    """Progress adds up to the size of the files, though the bytes of new ones move twice."""
    for _ in range(2):
        told: list[int] = []
        blobs.add([large, source], told.append)
        assert [each for each in told if each] == [CHUNK, CHUNK, CHUNK, 5, 9]


def test_copying_is_not_silent(blobs: Blobs, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life follows each piece, copied and flushed, and each flush at the end."""
    monkeypatch.setattr(blobs_module, "_PIECE", CHUNK)
    told: list[int] = []
    blobs.add([large], told.append)
    assert told == [CHUNK, CHUNK, CHUNK, 5] + 4 * [0] + 3 * [0]


def test_no_flush_has_much_to_do(
    blobs: Blobs, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file is flushed as it grows: one flush at its end could be silent for minutes."""
    monkeypatch.setattr(blobs_module, "_PIECE", CHUNK)
    monkeypatch.setattr(blobs_module, "_AHEAD", 2)
    sizes: list[int] = []
    flush = os.fsync

    def note(descriptor: int) -> None:
        if os.path.isfile(f"/proc/self/fd/{descriptor}"):  # noqa: PTH113 - of a descriptor
            sizes.append(os.fstat(descriptor).st_size)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    blobs.add([large])
    assert sizes == [2 * CHUNK, 3 * CHUNK + 5, 3 * CHUNK + 5]


def test_content_is_on_the_disk_before_it_has_its_name(
    blobs: Blobs, large: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a power cut can't leave a name without its bytes; then the folders are flushed."""
    done: list[str] = []
    flush, replace = os.fsync, Path.replace

    def note_flush(descriptor: int) -> None:
        done.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink().parent.name}")
        flush(descriptor)

    def note_replace(path: Path, target: Path) -> Path:
        done.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(Path, "replace", note_replace)
    blobs.add([large, source])
    assert done[:4] == ["flush tmp"] * 2 + ["name"] * 2
    assert sorted(done[4:]) == ["flush blobs", "flush blobs", "flush store"]


@pytest.mark.parametrize("name", ["rows.csv", "large.csv"])
@pytest.mark.usefixtures("source", "large")
def test_changing_file_is_not_kept(tmp_path: Path, blobs: Blobs, name: str) -> None:
    """A file that changes while it is read leaves nothing behind."""
    path = tmp_path / name
    with pytest.raises(FileChangedError, match=name):
        blobs.add([path], lambda _: path.write_bytes(b"changed"))
    assert kept(blobs) == unfinished(tmp_path) == []


@pytest.mark.parametrize("name", ["rows.csv", "large.csv"])
@pytest.mark.usefixtures("source", "large")
def test_replaced_file_is_not_kept(tmp_path: Path, blobs: Blobs, name: str) -> None:
    """Another file of the same size and time in its place is not what was hashed."""
    path, new = tmp_path / name, tmp_path / "new"
    new.write_bytes(bytes(path.stat().st_size))
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    os.utime(new, ns=times)
    with pytest.raises(FileChangedError):
        blobs.add([path], lambda _: new.exists() and os.replace(new, path))  # noqa: PTH105 - as an expression
    assert kept(blobs) == unfinished(tmp_path) == []


def test_file_that_changes_while_it_is_copied_is_not_kept(
    tmp_path: Path, blobs: Blobs, large: Path
) -> None:
    """Content that was hashed is the content that is copied, or it is refused."""
    size = large.stat().st_size

    def overwrite(told: int) -> None:
        if told == 0:
            large.write_bytes(bytes(size))

    with pytest.raises(FileChangedError):
        blobs.add([large], overwrite)
    assert kept(blobs) == unfinished(tmp_path) == []


def test_file_that_was_just_written_is_given_time(
    blobs: Blobs, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one tick of the clock, a second change would leave the file's time as it is."""
    slept: list[float] = []
    monkeypatch.setattr(blobs_module.time, "sleep", slept.append)
    now = large.stat().st_mtime_ns
    for age, expected in ((0, [0.02]), (5_000_000, [0.015]), (20_000_000, []), (-1, [])):
        slept.clear()
        monkeypatch.setattr(blobs_module.time, "time_ns", lambda age=age: now + age)
        blobs.add([large])
        assert slept == expected


def test_missing_file_is_an_error_of_the_file(tmp_path: Path, blobs: Blobs, source: Path) -> None:
    """What can't be read is no trouble of the store, and leaves nothing behind."""
    with pytest.raises(FileNotFoundError, match="missing"):
        blobs.add([source, tmp_path / "missing"])
    with pytest.raises(IsADirectoryError):
        blobs.add([tmp_path])
    assert unfinished(tmp_path) == []


def test_folder_that_cannot_be_written_is_told(tmp_path: Path, source: Path) -> None:
    """Trouble in writing is the store's, and told with its folder."""
    (tmp_path / "store").write_text("a file where the folder should be")
    blobs = Blobs(tmp_path / "store/blobs", Locks(tmp_path / "locks"))
    with pytest.raises(StoreUnavailableError, match=r"local store in .*store can't be used now"):
        blobs.add([source])


@pytest.mark.parametrize("size", [CHUNK, CHUNK + 1])
def test_failed_writing_is_told_and_leaves_nothing(
    tmp_path: Path, blobs: Blobs, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full in the middle of a file is the store's trouble too."""
    path = tmp_path / "file"
    path.write_bytes(bytes(size))

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "copy_file_range", fail)
    monkeypatch.setattr(blobs_module, "_write", fail)
    with pytest.raises(StoreUnavailableError, match="No space left"):
        blobs.add([path])
    assert kept(blobs) == unfinished(tmp_path) == []


def test_content_is_given(tmp_path: Path, blobs: Blobs, large: Path) -> None:
    """As a new file, whose digest is told from what was read."""
    (blob,) = blobs.add([large])
    told: list[int] = []
    assert blobs.give(blob.digest, tmp_path / "copy", told.append) == blob
    assert (tmp_path / "copy").read_bytes() == large.read_bytes()
    assert sum(told) == blob.size
    with pytest.raises(FileExistsError):
        blobs.give(blob.digest, tmp_path / "copy")
    blobs.path(blob.digest).write_bytes(b"evil")
    assert blobs.give(blob.digest, tmp_path / "evil") == Blob(bytes_digest(b"evil"), 4)


WRITES = """
import sys, time
from pathlib import Path
from kedro_wandb.stores.local.blobs import Blobs
from kedro_wandb.stores.local.locks import Locks

folder = Path(sys.argv[1])
first = []

def stop(told):
    if told == 0 and not first:
        first.append(told)
        print("in the middle", flush=True)
        time.sleep(60)

Blobs(folder / "blobs", Locks(folder / "locks")).add([Path(sys.argv[2])], stop)
"""


def test_files_of_killed_processes_are_strays(tmp_path: Path, blobs: Blobs, large: Path) -> None:
    """What a living one has half-written is not; nor is what this one is about to write."""
    command = [sys.executable, "-c", WRITES, str(tmp_path / "store"), str(large)]
    seen: list[list[Path]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        (half,) = unfinished(tmp_path)
        assert blobs.strays() == []
        child.kill()
        child.wait()
    blobs.add([large], lambda _: seen.append(blobs.strays()))
    assert seen
    assert all(each == [half] for each in seen)
    assert blobs.strays() == [half]


def test_foreign_files_among_the_unfinished_are_left_alone(tmp_path: Path, blobs: Blobs) -> None:
    """Only what a writer of this store named is its own."""
    (tmp_path / "store/blobs/tmp").mkdir(parents=True)
    (tmp_path / "store/blobs/tmp/notes.txt").touch()
    assert blobs.strays() == []
