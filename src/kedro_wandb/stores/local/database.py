"""The local store's records: one SQLite file that several processes write at once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from kedro_wandb.errors import StoreDamagedError, StoreUnavailableError
from kedro_wandb.stores.local.migration import migrate
from kedro_wandb.stores.local.schema import FORMAT, SCHEMA

PATIENCE = 5.0
"""Seconds to wait for another process's writing."""


class Database:
    """The SQLite file of a store, made when it is first written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "store.db"
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._inherited: list[sqlite3.Connection] = []

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for queries; where there is no store, one to an empty one.

        Raises:
            StoreUnavailableError: The file is locked, unreadable or of a newer format.
        """
        with self._lock, told_clearly(self.folder):
            if self._exists():
                yield self._connected()
            else:
                with contextlib.closing(_empty()) as empty:
                    yield empty

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a transaction that no other process can write beside.

        Raises:
            StoreUnavailableError: The file is locked or of a newer format, or the disk is full.
        """
        with self._lock, told_clearly(self.folder):
            self._make_folder()
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.rollback()
                raise

    def exists(self) -> bool:
        """Return whether anything was ever written."""
        with self._lock, told_clearly(self.folder):
            return self._exists()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def _exists(self) -> bool:
        return self._path.is_file() and self._format_of(self._connected()) > 0

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._owner != os.getpid():
            # SQLite's connections must not be used, nor even closed, behind a fork.
            self._inherited.append(self._connection)
            self._connection = None
        if self._connection is None:
            self._connection, self._owner = _open(self._path), os.getpid()
        if 0 < self._format_of(self._connection) < FORMAT:
            migrate(self._connection)
        return self._connection

    def _format_of(self, connection: sqlite3.Connection) -> int:
        number: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if number > FORMAT:
            msg = (
                f"The local store in {self.folder} has format {number}, and this kedro-wandb"
                f" knows formats up to {FORMAT}. Update kedro-wandb to use it."
            )
            raise StoreUnavailableError(msg)
        return number

    def _make_folder(self) -> None:
        if self._exists():
            return
        self.close()  # of a file that somebody has removed
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n")
        _make(self._path)


@contextlib.contextmanager
def told_clearly(folder: Path) -> Iterator[None]:
    """Tell what SQLite and the system say of a store's files as one kind of error.

    Raises:
        StoreDamagedError: Instead of SQLite's, where the file is no sound database.
        StoreUnavailableError: Instead of all others.
    """
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        msg = f"The local store in {folder} can't be used now: {error}"
        raise StoreUnavailableError(msg) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # a broken rule of the schema: a mistake of this package
        msg = f"The local store in {folder} is damaged: {error}"
        raise StoreDamagedError(msg) from error


def _open(path: Path) -> sqlite3.Connection:
    # Never created here: a store that is only read leaves no trace.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,  # a lock keeps the threads apart
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.executescript(SCHEMA)
    return connection


def _make(path: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as new:
        while True:
            try:
                new.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:  # another process does it; SQLite does not wait here
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
        new.execute("BEGIN EXCLUSIVE")
        if new.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in SCHEMA.split(";\n"):
                new.execute(statement)
            new.execute(f"PRAGMA user_version = {FORMAT}")
        new.execute("COMMIT")
