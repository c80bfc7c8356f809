"""Who still lives: a process holds a file's lock as long as it works at something."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from kedro_wandb.errors import StoreUnavailableError

_PATIENCE = 5.0
"""Seconds to wait for a lock that somebody only looks at."""

_POLL = 0.01
_SUFFIX = ".lock"
_LOOKING = "looking"


class Locks:
    """Locks in a folder, which the system frees however their holder ends.

    That holds on another machine or in another container too, as far as the folder's file
    system passes locks on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, FileLock] = {}
        self._owner = os.getpid()
        self._threads = threading.Lock()

    def hold(self, name: str) -> None:
        """Hold a lock until it is let go, or this process ends.

        Raises:
            StoreUnavailableError: Another process holds it.
        """
        with self._threads:
            if name not in self._mine():
                self._mine()[name] = self._acquired(name)

    def let_go(self, name: str) -> None:
        """Free a lock of this process, and remove its file."""
        with self._threads:
            lock = self._mine().pop(name, None)
            if lock is not None:
                _remove(lock)

    def held(self, names: Iterable[str]) -> frozenset[str]:
        """Return which locks are held, by whichever process."""
        there = [name for name in names if (self._folder / f"{name}{_SUFFIX}").exists()]
        if not there:
            return frozenset()
        with self._looking():
            return frozenset(name for name in there if not self._is_free(name))

    def names(self) -> list[str]:
        """Return the names of all locks that are or were held."""
        found = (path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return sorted(name for name in found if name != _LOOKING)

    def close(self) -> None:
        """Free all locks of this process."""
        for name in list(self._mine()):
            self.let_go(name)

    def _mine(self) -> dict[str, FileLock]:
        if self._owner != os.getpid():  # behind a fork they are the parent's
            self._held, self._owner = {}, os.getpid()
        return self._held

    def _acquired(self, name: str) -> FileLock:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock(name)
        try:
            lock.acquire(timeout=_PATIENCE)
        except Timeout as error:
            msg = f"Another process works at {name!r}: it holds {lock.lock_file}."
            raise StoreUnavailableError(msg) from error
        return lock

    def _is_free(self, name: str) -> bool:
        lock = self._lock(name)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        _remove(lock)
        return True

    @contextlib.contextmanager
    def _looking(self) -> Iterator[None]:
        """Look alone: to look is to hold for a moment, which another one would take for life."""
        with self._lock(_LOOKING):
            yield

    def _lock(self, name: str) -> FileLock:
        path = self._folder / f"{name}{_SUFFIX}"
        return FileLock(path, thread_local=False, poll_interval=_POLL)


def _remove(lock: FileLock) -> None:
    """Remove a lock's file before it is free: who waits for it notices, and makes a new one."""
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
