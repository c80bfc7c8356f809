"""Files by their content: each kept once, however many artifacts have it."""

from __future__ import annotations

import base64
import queue
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Self

from kedro_wandb.errors import FileChangedError
from kedro_wandb.stores.base import Progress
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.local.database import told_clearly
from kedro_wandb.stores.local.processes import Process

_READ_ONLY = 0o444
_CHUNKS_AHEAD = 4
"""How many chunks may be read before they are written."""

_SAMPLE = 4096
_SAMPLES = 32
"""Bytes of a sample, and how many of them are spread over a file beside the first."""


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
    """A folder of read-only files named by the MD5 of their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / "tmp"

    def path(self, digest: str) -> Path:
        """Return where content is, if it is there.

        >>> Blobs(Path("blobs")).path("1B2M2Y8AsgTpgAmY7PhCfg==").as_posix()
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
        except FileNotFoundError:
            return False

    def add(self, source: Path, progress: Progress | None = None, *, expected: bool) -> Blob:
        """Keep the content of a file.

        Args:
            source: A local file.
            progress: Called with the numbers of bytes read.
            expected: Whether its content is likely to be there already; then it is read
                before anything is written, and once more if it was not.

        Raises:
            FileChangedError: The file changed while it was read.
            OSError: It can't be read.
            StoreUnavailableError: The content can't be written.
        """
        if not expected:
            return self._copied(source, progress)
        counter = _Counter(progress)
        blob = Blob(file_digest(source, counter), counter.bytes)
        if not self.has(blob) and self._copied(source, None) != blob:
            msg = f"{source} changed while it was read."
            raise FileChangedError(msg)
        return blob

    def resembles(self, digest: str, source: Path) -> bool:
        """Return whether a file of the same size may have some content: samples of both agree.

        Raises:
            OSError: The file can't be read.
        """
        with source.open("rb", buffering=0) as new:
            try:
                old = self.path(digest).open("rb", buffering=0)
            except FileNotFoundError:
                return False
            with old:
                return all(
                    _sample(new, place) == _sample(old, place)
                    for place in _places(source.stat().st_size)
                )

    def files(self) -> Iterator[Path]:
        """Return the files of all content that is kept."""
        return self._folder.glob("[0-9a-f][0-9a-f]/*")

    def strays(self) -> list[Path]:
        """Return what killed processes left half-written."""
        found = []
        for path in self._unfinished.glob("*"):
            writer = Process.parse(path.name.rpartition("-")[0])
            if writer is not None and writer.is_gone:
                found.append(path)
        return found

    def _copied(self, source: Path, each: Progress | None) -> Blob:
        temporary = self._unfinished / f"{Process.current()}-{uuid.uuid4().hex}"
        store = self._folder.parent
        with told_clearly(store):
            self._unfinished.mkdir(parents=True, exist_ok=True)
        try:
            blob = _copy_into(store, source, temporary, each)
            with told_clearly(store):
                temporary.chmod(_READ_ONLY)
                target = self.path(blob.digest)
                target.parent.mkdir(exist_ok=True)
                temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return blob


def _places(size: int) -> list[int]:
    last = max(size - _SAMPLE, 0)
    return [last * number // _SAMPLES for number in range(_SAMPLES + 1)]


def _sample(file: FileIO, place: int) -> bytes:
    file.seek(place)
    return file.read(_SAMPLE)


class NotWrittenError(OSError):
    """The copy, not the source, is at fault."""


def copy(source: Path, target: Path, each: Progress | None = None) -> Blob:
    """Copy a file to a new one, and return what was copied: one pass over the source.

    Hashing and writing take about as long as each other, so they run side by side.

    Raises:
        FileChangedError: The source changed while it was read.
        NotWrittenError: The target can't be written.
        OSError: The source can't be read.
    """
    counter = _Counter(each)
    with _Writer(target) as writer:

        def pass_on(chunk: bytes) -> None:
            writer.write(bytes(chunk))  # the reader uses its buffer again
            counter(chunk)

        digest = file_digest(source, pass_on)
    return Blob(digest, counter.bytes)


def _copy_into(store: Path, source: Path, target: Path, each: Progress | None) -> Blob:
    try:
        return copy(source, target, each)
    except NotWrittenError:
        with told_clearly(store):
            raise


class _Counter:
    """Counts bytes as they pass, and reports each number of them."""

    def __init__(self, each: Progress | None) -> None:
        self.bytes = 0
        self._each = each

    def __call__(self, chunk: bytes) -> None:
        self.bytes += len(chunk)
        if self._each is not None:
            self._each(len(chunk))


class _Writer:
    """A new file that a thread of its own writes, a few chunks behind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_CHUNKS_AHEAD)
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="kedro-wandb-writer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._chunks.put(None)
        self._thread.join()
        if kind is None:
            self._check()

    def write(self, chunk: bytes) -> None:
        self._check()
        self._chunks.put(chunk)

    def _check(self) -> None:
        if self._failure is not None:
            raise NotWrittenError(*self._failure.args) from self._failure

    def _run(self) -> None:
        chunks = iter(self._chunks.get, None)
        try:
            with self._path.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
        except OSError as error:
            self._failure = error
        for _ in chunks:
            pass  # so that the reader, who may be waiting for room, comes to see the failure
