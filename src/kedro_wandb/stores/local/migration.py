"""A store of an older format, brought to the present one where it lies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

_Row = tuple[str, float, str | None, int | None, str, bool]
"""Kind, time, step, version, aliases in JSON, and whether W&B has it."""

_EVENTS = """
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at REAL NOT NULL,
    step_id TEXT REFERENCES steps, version_id INTEGER REFERENCES versions,
    aliases TEXT NOT NULL DEFAULT '[]', synced INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX events_of_step ON events (step_id);
CREATE INDEX events_of_version ON events (version_id);
CREATE INDEX events_waiting ON events (number) WHERE NOT synced;
CREATE TABLE holders (
    name TEXT NOT NULL, alias TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, alias)
);
INSERT INTO holders
SELECT artifacts.name, alias, versions.digest FROM aliases
JOIN versions ON versions.id = synced_version_id
JOIN artifacts ON artifacts.id = aliases.artifact_id"""

_REST = """
UPDATE steps SET offline_folder = NULL WHERE NOT offline_whole AND NOT synced;
ALTER TABLE steps DROP COLUMN process;
ALTER TABLE steps DROP COLUMN offline_whole;
ALTER TABLE steps DROP COLUMN synced;
ALTER TABLE aliases DROP COLUMN explicit;
ALTER TABLE aliases DROP COLUMN synced_version_id;
DROP INDEX blobs_of_size;
DROP TABLE operations;
PRAGMA user_version = 2"""


def migrate(connection: sqlite3.Connection) -> None:
    """Turn a store of format 1 into one of format 2: all of it, or nothing.

    What a step did had an order; that it began and ended had only a time. Aliases that W&B
    has not been told of become the last events.

    Args:
        connection: Outside of any transaction.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for the lock.
        if connection.execute("PRAGMA user_version").fetchone()[0] == 1:
            _to_format_2(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _to_format_2(connection: sqlite3.Connection) -> None:
    _execute(connection, _EVENTS)
    connection.executemany(
        "INSERT INTO events (kind, at, step_id, version_id, aliases, synced)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [*_done_by_steps(connection), *_set_by_hand(connection)],
    )
    _execute(connection, _REST)


def _execute(connection: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):  # executescript would commit
        connection.execute(statement)


def _done_by_steps(connection: sqlite3.Connection) -> list[_Row]:
    steps = connection.execute("SELECT * FROM steps ORDER BY started, rowid").fetchall()
    synced = {step["id"]: bool(step["synced"]) for step in steps}
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    keyed: list[tuple[tuple[float, int, int], _Row]] = []
    now = 0.0
    for each in connection.execute("SELECT * FROM operations ORDER BY id"):
        now, step = max(now, each["at"]), each["step_id"]  # a clock may have been set back
        first.setdefault(step, now)
        last[step] = now
        kind = "version_logged" if each["kind"] == "log" else "version_used"
        row = (kind, each["at"], step, each["version_id"], each["aliases"], synced[step])
        keyed.append(((now, 1, each["id"]), row))
    for number, step in enumerate(steps):
        keyed.extend(_bounds(step, number, first, last))
    return [row for _, row in sorted(keyed, key=lambda each: each[0])]


def _bounds(
    step: sqlite3.Row, number: int, first: dict[str, float], last: dict[str, float]
) -> Iterator[tuple[tuple[float, int, int], _Row]]:
    """Give the beginning of a step, before all that it did, and its end, behind all of that."""
    name, synced = step["id"], bool(step["synced"])
    begun: float = min(step["started"], first.get(name, step["started"]))
    yield (begun, 0, number), ("step_opened", step["started"], name, None, "[]", synced)
    if step["state"] != "running":
        finished: float = step["finished"]
        ended = max(begun, finished, last.get(name, finished))
        yield (ended, 2, number), ("step_ended", finished, name, None, "[]", synced)


def _set_by_hand(connection: sqlite3.Connection) -> list[_Row]:
    rows: list[Any] = connection.execute(
        "SELECT json_array(alias) AS alias, version_id,"
        " (SELECT ifnull(max(at), 0) FROM operations) AS at"
        " FROM aliases WHERE explicit AND synced_version_id IS NOT version_id"
        " ORDER BY artifact_id, alias"
    ).fetchall()
    return [("alias_set", row["at"], None, row["version_id"], row["alias"], False) for row in rows]
