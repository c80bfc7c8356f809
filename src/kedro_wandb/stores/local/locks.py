"""Who still lives: a process holds a file's lock as long as it works at something."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from kedro_wandb.errors import StoreUnavailableError

_PATIENCE = 5.0
"""Seconds to wait for others that take or look at locks."""

_POLL = 0.01
_SUFFIX = ".lock"
_ALONE = "alone"
_READER = "reader-"

Held = Callable[[Iterable[str]], frozenset[str]]
"""Returns which of some locks are held, by whichever process."""


class Locks:
    """Locks in a folder, which the system frees however their holder ends.

    That holds on another machine or in another container too, as far as the folder's file
    system passes locks on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: dict[str, FileLock] = {}
        self._owner = os.getpid()
        self._threads = threading.Lock()

    def hold(self, name: str) -> None:
        """Hold a lock until it is let go, or this process ends.

        Raises:
            OSError: The folder can't be written.
            StoreUnavailableError: Another process holds it.
        """
        with self._threads:
            self._forget_parents()
            if name in self._mine:
                return
            with self.alone():
                lock = self._lock(name)
                try:
                    lock.acquire(blocking=False)
                except Timeout as error:
                    msg = f"Another process works at {name!r}: it holds {lock.lock_file}."
                    raise StoreUnavailableError(msg) from error
                self._mine[name] = lock

    def let_go(self, name: str) -> None:
        """Free a lock of this process, and remove its file."""
        with self._threads:
            self._forget_parents()
            lock = self._mine.pop(name, None)
            if lock is not None:
                _remove(lock)

    def read(self, digest: str) -> str:
        """Tell cleanings that this process reads a version, until that is let go.

        Returns:
            The name of its lock.
        """
        name = f"{_READER}{digest}-{uuid4().hex}"
        # Where nothing can be written, nothing can be cleaned away either.
        with contextlib.suppress(PermissionError):
            self.hold(name)
        return name

    def held(self, names: Iterable[str]) -> frozenset[str]:
        """Return which locks are held, by whichever process."""
        there = self._there(names)
        if not there:
            return frozenset()
        with self.alone() as held:
            return held(there)

    @contextlib.contextmanager
    def alone(self) -> Iterator[Held]:
        """Give what looks at locks while nobody else does, and nobody takes one.

        To look at a lock is to hold it for a moment, which another one would take for life.

        Raises:
            StoreUnavailableError: Another process has not come to its end with it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock(_ALONE)
        try:
            lock.acquire(timeout=_PATIENCE)
        except Timeout as error:
            msg = f"Another process has held {lock.lock_file} for {_PATIENCE:g} s."
            raise StoreUnavailableError(msg) from error
        try:
            yield lambda names: frozenset(each for each in self._there(names) if self._holds(each))
        finally:
            lock.release()

    def names(self, beginning: str) -> list[str]:
        """Return the locks that are or were held and whose names begin so."""
        found = self._folder.glob(f"{beginning}*{_SUFFIX}")
        return sorted(path.name.removesuffix(_SUFFIX) for path in found)

    def close(self) -> None:
        """Free all locks of this process."""
        for name in list(self._mine):
            self.let_go(name)

    def _forget_parents(self) -> None:
        if self._owner != os.getpid():  # behind a fork
            self._mine, self._owner = {}, os.getpid()

    def _there(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if (self._folder / f"{name}{_SUFFIX}").exists()]

    def _holds(self, name: str) -> bool:
        lock = self._lock(name)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        _remove(lock)
        return False

    def _lock(self, name: str) -> FileLock:
        path = self._folder / f"{name}{_SUFFIX}"
        return FileLock(path, thread_local=False, poll_interval=_POLL)


def held_readers(locks: Locks, held: Held) -> frozenset[str]:
    """Return the digests of the versions that are being read."""
    names = held(locks.names(_READER))
    return frozenset(name.removeprefix(_READER).partition("-")[0] for name in names)


def _remove(lock: FileLock) -> None:
    """Remove a lock's file before it is free: who waits for it notices, and makes a new one."""
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
