"""Files by their content: each kept once, however many artifacts have it."""

from __future__ import annotations

import base64
import errno
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from kedro_wandb.errors import FileChangedError
from kedro_wandb.stores.base import Progress
from kedro_wandb.stores.digests import CHUNK, bytes_digest, file_digest, open_digest
from kedro_wandb.stores.local.database import told_clearly
from kedro_wandb.stores.local.locks import Locks

_PIECE = 16 << 20
"""Bytes that are copied before the next word about progress."""

_AHEAD = 4
"""Pieces that may be copied before the disk has to have them, so that no flush takes long."""

_BATCH = 4096
"""Files that are written before the first of them is flushed: then one flush does for many."""

_TICK_NS = 20_000_000
"""Nanoseconds within which a file's time may not tell a second change of it."""

_NO_COPY = {errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EPERM}
"""What the system says where it can't copy from file to file by itself."""

_WRITER = "writer-"


@dataclass(frozen=True)
class Blob:
    """Some content.

    Attributes:
        digest: MD5 in base64.
        size: In bytes.
    """

    digest: str
    size: int


class Blobs:
    """A folder of files named by the MD5 of their content, written once and never changed."""

    def __init__(self, folder: Path, locks: Locks) -> None:
        self._folder, self._locks = folder, locks
        self._unfinished = folder / "tmp"
        self._writer, self._owner = "", 0

    def path(self, digest: str) -> Path:
        """Return where content is, if it is there.

        >>> Blobs(Path("blobs"), Locks(Path("locks"))).path("1B2M2Y8AsgTpgAmY7PhCfg==").as_posix()
        'blobs/d4/d41d8cd98f00b204e9800998ecf8427e'
        """
        name = base64.b64decode(digest).hex()
        return self._folder / name[:2] / name

    @staticmethod
    def digest(path: Path) -> str:
        """Return the digest of the content that is kept at a path.

        >>> Blobs.digest(Path("blobs/d4/d41d8cd98f00b204e9800998ecf8427e"))
        '1B2M2Y8AsgTpgAmY7PhCfg=='
        """
        return base64.b64encode(bytes.fromhex(path.name)).decode()

    def has(self, blob: Blob) -> bool:
        """Return whether content is there in its full length."""
        try:
            return self.path(blob.digest).stat().st_size == blob.size
        except (FileNotFoundError, NotADirectoryError):
            return False

    def add(self, sources: Sequence[Path], progress: Progress | None = None) -> list[Blob]:
        """Keep the content of files, on the disk and not only in the system's memory.

        Each is read once to know its content, and only what is not there yet is copied.

        Args:
            sources: Local files.
            progress: Called with the numbers of bytes read, and with 0 while they are kept.

        Raises:
            FileChangedError: A file changed while it was read.
            OSError: One can't be read.
            StoreUnavailableError: The content can't be written.
        """
        tell = progress or (lambda _: None)
        found: list[Blob] = []
        for begin in range(0, len(sources), _BATCH):
            found += self._add(sources[begin : begin + _BATCH], tell)
        return found

    def give(self, digest: str, target: Path, progress: Progress | None = None) -> Blob:
        """Copy content into a new file, and return what was copied.

        Raises:
            FileNotFoundError: It is not there.
            OSError: The file can't be written.
        """
        tell = progress or (lambda _: None)
        size = 0
        with target.open("xb", buffering=0) as file:

            def write(chunk: memoryview) -> None:
                nonlocal size
                _write(file, chunk)
                size += len(chunk)
                tell(len(chunk))

            return Blob(file_digest(self.path(digest), write), size)

    def files(self) -> Iterator[Path]:
        """Return the files of all content that is kept."""
        return self._folder.glob("[0-9a-f][0-9a-f]/*")

    def strays(self) -> list[Path]:
        """Return what killed processes left half-written."""
        found = {path: path.name.partition("-")[0] for path in self._unfinished.glob("*-*")}
        living = self._locks.held(f"{_WRITER}{writer}" for writer in set(found.values()))
        return [path for path, writer in found.items() if f"{_WRITER}{writer}" not in living]

    def _add(self, sources: Sequence[Path], tell: Progress) -> list[Blob]:
        fresh: dict[str, Path] = {}
        try:
            blobs = [self._take(source, fresh, tell) for source in sources]
            with told_clearly(self._folder.parent):
                self._settle(fresh, tell)
        finally:
            for path in fresh.values():
                path.unlink(missing_ok=True)
        return blobs

    def _take(self, source: Path, fresh: dict[str, Path], tell: Progress) -> Blob:
        """Read a file; where its content is not there, copy it to where it gets no name yet."""
        with source.open("rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            if before.st_size <= CHUNK:
                # Small enough to hash and write the very same bytes.
                content = file.readall()
                blob, write = Blob(bytes_digest(content), len(content)), _writing(content)
                tell(blob.size)
            else:
                _let_time_pass(before.st_mtime_ns)
                digest = open_digest(file, lambda chunk: tell(len(chunk)))
                blob, write = Blob(digest, before.st_size), _copying(file, before.st_size, tell)
            _check(source, before)
            if blob.digest not in fresh and not self.has(blob):
                with told_clearly(self._folder.parent):
                    fresh[blob.digest] = temporary = self._temporary()
                    write(temporary)
                _check(source, before)
        return blob

    def _settle(self, fresh: dict[str, Path], tell: Progress) -> None:
        """Give content its name, once the disk has it."""
        for path in fresh.values():
            _flush(path)
            tell(0)
        folders = {self._folder} if fresh else set()
        for digest, path in fresh.items():
            target = self.path(digest)
            target.parent.mkdir(exist_ok=True)
            path.replace(target)
            folders.add(target.parent)
        for folder in folders:
            _flush(folder)
            tell(0)

    def _temporary(self) -> Path:
        if self._owner != os.getpid():
            self._writer, self._owner = uuid.uuid4().hex, os.getpid()
        self._locks.hold(f"{_WRITER}{self._writer}")
        self._unfinished.mkdir(parents=True, exist_ok=True)
        return self._unfinished / f"{self._writer}-{uuid.uuid4().hex}"


def _check(source: Path, before: os.stat_result) -> None:
    try:
        now: os.stat_result | None = source.stat()
    except FileNotFoundError:
        now = None
    if now is None or _stamps(now) != _stamps(before):
        msg = f"{source} changed while it was read."
        raise FileChangedError(msg)


def _stamps(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _let_time_pass(changed: int) -> None:
    """Wait until a further change of a file would give it another time."""
    age = time.time_ns() - changed
    if 0 <= age < _TICK_NS:
        time.sleep((_TICK_NS - age) / 1e9)


def _writing(content: bytes) -> Callable[[Path], None]:
    def write(target: Path) -> None:
        with target.open("xb", buffering=0) as file:
            _write(file, content)

    return write


def _write(file: FileIO, content: bytes | memoryview) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _copying(source: FileIO, size: int, tell: Progress) -> Callable[[Path], None]:
    def write(target: Path) -> None:
        with target.open("xb", buffering=0) as file:
            copy = _by_kernel if hasattr(os, "copy_file_range") else _by_hand
            place, pieces = 0, 0
            while place < size:
                try:
                    copied = copy(source, file, place)
                except OSError as error:
                    if copy is _by_hand or error.errno not in _NO_COPY:
                        raise
                    copy = _by_hand
                    continue
                if not copied:
                    return  # it became shorter, which its stamps tell
                pieces += 1
                _write_out(file, place, copied, wait=pieces % _AHEAD == 0)
                place += copied
                tell(0)

    return write


def _write_out(file: FileIO, place: int, size: int, *, wait: bool) -> None:
    """Let the disk get a piece: from now on while the next ones are copied, or at once."""
    _not_needed(file, place, size)  # for the system, the word to begin to write
    if wait:
        os.fsync(file.fileno())
        _not_needed(file, 0, place + size)  # gives its memory to the pieces to come


def _not_needed(file: FileIO, place: int, size: int) -> None:
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), place, size, os.POSIX_FADV_DONTNEED)


def _by_kernel(source: FileIO, target: FileIO, place: int) -> int:
    """Copy a piece within the kernel, which only notes it where the file system can share it."""
    return os.copy_file_range(source.fileno(), target.fileno(), _PIECE, place, place)


def _by_hand(source: FileIO, target: FileIO, place: int) -> int:
    source.seek(place)
    target.seek(place)
    copied = 0
    while copied < _PIECE and (chunk := source.read(CHUNK)):
        _write(target, chunk)
        copied += len(chunk)
    return copied


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
