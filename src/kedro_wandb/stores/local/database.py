"""The local store's records: one SQLite file that several processes write at once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from kedro_wandb.errors import StoreUnavailableError

PATIENCE = 5.0
"""Seconds to wait for another process's writing."""

FORMAT = 1
"""Number of the schema; a store with a greater one is not touched."""

_SCHEMA = """
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL
);
CREATE TABLE steps (
    id TEXT PRIMARY KEY, job_type TEXT NOT NULL, experiment TEXT NOT NULL, run_id TEXT NOT NULL,
    name TEXT NOT NULL, config TEXT NOT NULL, tags TEXT NOT NULL, started REAL NOT NULL,
    state TEXT NOT NULL, finished REAL, summary TEXT NOT NULL DEFAULT '{}',
    process TEXT NOT NULL, begun_online INTEGER NOT NULL,
    offline_folder TEXT, offline_whole INTEGER NOT NULL DEFAULT 0,
    synced INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, artifact_id INTEGER NOT NULL REFERENCES artifacts,
    number INTEGER NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
    description TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL,
    step_id TEXT REFERENCES steps, remote INTEGER,
    UNIQUE (artifact_id, number), UNIQUE (artifact_id, digest)
);
CREATE TABLE aliases (
    artifact_id INTEGER NOT NULL REFERENCES artifacts, alias TEXT NOT NULL,
    version_id INTEGER NOT NULL REFERENCES versions,
    explicit INTEGER NOT NULL, synced_version_id INTEGER,
    PRIMARY KEY (artifact_id, alias)
);
CREATE INDEX aliases_of_version ON aliases (version_id);
CREATE TABLE entries (
    version_id INTEGER NOT NULL REFERENCES versions, name TEXT NOT NULL, digest TEXT NOT NULL,
    size INTEGER, ref TEXT, extra TEXT NOT NULL,
    PRIMARY KEY (version_id, name)
) WITHOUT ROWID;
CREATE INDEX entries_of_digest ON entries (digest);
CREATE TABLE blobs (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, cleaned INTEGER NOT NULL);
CREATE INDEX blobs_of_size ON blobs (size);
CREATE TABLE operations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step_id TEXT NOT NULL REFERENCES steps,
    kind TEXT NOT NULL CHECK (kind IN ('log', 'use')),
    version_id INTEGER NOT NULL REFERENCES versions, aliases TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX operations_of_step ON operations (step_id);
CREATE INDEX operations_of_version ON operations (version_id);
CREATE TABLE media (
    step_id TEXT NOT NULL REFERENCES steps, name TEXT NOT NULL, digest TEXT NOT NULL,
    suffix TEXT NOT NULL,
    PRIMARY KEY (step_id, name)
);
CREATE VIEW told_versions AS
SELECT versions.*, artifacts.name, artifacts.type, (
    SELECT group_concat(alias, '/') FROM aliases WHERE version_id = versions.id
) AS aliases
FROM versions JOIN artifacts ON artifacts.id = versions.artifact_id;
"""


class Database:
    """The SQLite file of a store, made when it is first written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
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
        with self._lock, told_clearly(self._folder):
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
        with self._lock, told_clearly(self._folder):
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
        with self._lock, told_clearly(self._folder):
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
        self._format_of(self._connection)
        return self._connection

    def _format_of(self, connection: sqlite3.Connection) -> int:
        number: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if number > FORMAT:
            msg = (
                f"The local store in {self._folder} has format {number}, and this kedro-wandb"
                f" knows formats up to {FORMAT}. Update kedro-wandb to use it."
            )
            raise StoreUnavailableError(msg)
        return number

    def _make_folder(self) -> None:
        if self._exists():
            return
        self.close()  # of a file that somebody has removed
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / ".gitignore").write_text("*\n")
        _make(self._path)


@contextlib.contextmanager
def told_clearly(folder: Path) -> Iterator[None]:
    """Tell what SQLite and the system say of a store's files as one kind of error.

    Raises:
        StoreUnavailableError: Instead of theirs.
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
        raise StoreUnavailableError(msg) from error


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
    connection.executescript(_SCHEMA)
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
            for statement in _SCHEMA.split(";\n"):
                new.execute(statement)
            new.execute(f"PRAGMA user_version = {FORMAT}")
        new.execute("COMMIT")
