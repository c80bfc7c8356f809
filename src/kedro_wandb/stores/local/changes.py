"""What writers of the local store do to its rows, each inside a transaction."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Iterable, Sequence

from kedro_wandb.stores.base import LATEST, Draft, Ending, Entry, Outcome, Step
from kedro_wandb.stores.digests import manifest_digest
from kedro_wandb.stores.local.blobs import Blob
from kedro_wandb.stores.local.processes import Process
from kedro_wandb.stores.local.rows import Kind, to_json, version_of


def insert_step(connection: sqlite3.Connection, step: Step, *, begun_online: bool) -> bool:
    """Insert or reopen a step, and return whether it is new."""
    known = connection.execute("SELECT 1 FROM steps WHERE id = ?", [step.id]).fetchone()
    process = str(Process.current())
    if known is not None:
        connection.execute(
            "UPDATE steps SET state = 'running', finished = NULL, process = ?, synced = 0,"
            " begun_online = begun_online OR ?, offline_whole = 0 WHERE id = ?",
            [process, begun_online, step.id],
        )
        return False
    connection.execute(
        "INSERT INTO steps (id, job_type, experiment, run_id, name, config, tags, started, state,"
        " process, begun_online) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?)",
        [
            step.id,
            step.job_type,
            step.experiment,
            step.run_id,
            step.name,
            to_json(dict(step.config)),
            to_json(step.tags),
            step.started,
            process,
            begun_online,
        ],
    )
    return True


def end_step(connection: sqlite3.Connection, step: str, ending: Ending) -> None:
    """Record how a step ended; it waits for W&B again."""
    connection.execute(
        "UPDATE steps SET state = ?, finished = ?, summary = ?, synced = 0,"
        " offline_whole = 0 WHERE id = ?",
        [ending.state, ending.finished, to_json(dict(ending.summary)), step],
    )


def add_blobs(connection: sqlite3.Connection, blobs: Sequence[Blob]) -> None:
    """Record that content is kept."""
    connection.executemany(
        "INSERT INTO blobs (digest, size, cleaned) VALUES (?, ?, 0)"
        " ON CONFLICT DO UPDATE SET cleaned = 0, size = excluded.size",
        [(blob.digest, blob.size) for blob in blobs],
    )


def keep(
    connection: sqlite3.Connection,
    draft: Draft,
    entries: Sequence[Entry],
    step: str,
    kind: Kind,
) -> Outcome:
    """Record the version of a draft's content, new or not, and what a step did with it."""
    digest = manifest_digest({entry.name: entry.digest for entry in entries})
    found = connection.execute(
        "SELECT id FROM told_versions WHERE name = ? AND digest = ?", [draft.name, digest]
    ).fetchone()
    version = _insert(connection, draft, entries, digest) if found is None else found["id"]
    if kind == "log":
        connection.execute(
            "UPDATE versions SET step_id = ? WHERE id = ? AND step_id IS NULL", [step, version]
        )
    moves = kind == "log" or found is None
    if moves:
        for alias in dict.fromkeys([*draft.aliases, LATEST]):
            move_alias(connection, version, alias, explicit=alias != LATEST)
    add_operation(connection, step, kind, version, draft.aliases if moves else ())
    row = connection.execute("SELECT * FROM told_versions WHERE id = ?", [version]).fetchone()
    return Outcome(version_of(row), "new" if found is None else "unchanged")


def move_alias(connection: sqlite3.Connection, version: int, alias: str, *, explicit: bool) -> None:
    """Let an alias stand for a version; W&B has to be told of explicit ones."""
    connection.execute(
        "INSERT INTO aliases (artifact_id, alias, version_id, explicit)"
        " SELECT artifact_id, ?, id, ? FROM versions WHERE id = ?"
        " ON CONFLICT DO UPDATE SET version_id = excluded.version_id, explicit = excluded.explicit",
        [alias, explicit, version],
    )


def add_operation(
    connection: sqlite3.Connection, step: str, kind: Kind, version: int, aliases: Iterable[str]
) -> None:
    """Record that a step logged or used a version; it waits for W&B again."""
    connection.execute(
        "INSERT INTO operations (step_id, kind, version_id, aliases, at) VALUES (?, ?, ?, ?, ?)",
        [step, kind, version, to_json(list(aliases)), time.time()],
    )
    connection.execute("UPDATE steps SET synced = 0, offline_whole = 0 WHERE id = ?", [step])


def _insert(
    connection: sqlite3.Connection, draft: Draft, entries: Sequence[Entry], digest: str
) -> int:
    connection.execute(
        "INSERT INTO artifacts (name, type) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [draft.name, draft.type],
    )
    size = sum(entry.size or 0 for entry in entries)
    created = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    new: int = connection.execute(
        "INSERT INTO versions"
        " (artifact_id, number, digest, size, description, metadata, created)"
        " SELECT id, ("
        "  SELECT ifnull(max(number) + 1, 0) FROM versions WHERE artifact_id = artifacts.id"
        " ), ?, ?, ?, ?, ? FROM artifacts WHERE name = ? RETURNING id",
        [digest, size, draft.description, to_json(dict(draft.metadata)), created, draft.name],
    ).fetchone()["id"]
    connection.executemany(
        "INSERT INTO entries (version_id, name, digest, size, ref, extra)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (new, entry.name, entry.digest, entry.size, entry.ref, to_json(dict(entry.extra)))
            for entry in entries
        ],
    )
    return new
