"""The local store's rows: as what they mean, and what writers do to them in a transaction."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any

from kedro_wandb.errors import ArtifactNotFoundError, ConfigurationError
from kedro_wandb.stores.base import (
    LATEST,
    Draft,
    Ending,
    Entry,
    Event,
    EventKind,
    Outcome,
    Step,
    StepRecord,
    Version,
)
from kedro_wandb.stores.digests import manifest_digest
from kedro_wandb.stores.local.blobs import Blob

LABEL = "local store"


def to_json(value: Any) -> str:
    """Return JSON text that people can read."""
    return json.dumps(value, ensure_ascii=False)


def version_of(row: sqlite3.Row) -> Version:
    """Return the version of a row of ``told_versions``."""
    aliases = (row["aliases"] or "").split("/") if row["aliases"] else []
    return Version(
        name=row["name"],
        type=row["type"],
        number=row["number"],
        digest=row["digest"],
        size=row["size"],
        aliases=tuple(sorted(aliases, key=lambda alias: (alias != LATEST, alias))),
        description=row["description"],
        metadata=json.loads(row["metadata"]),
        created=row["created"],
        step=row["step_id"],
    )


def entry_of(row: sqlite3.Row) -> Entry:
    """Return the entry of a row of ``entries``."""
    return Entry(row["name"], row["digest"], row["size"], row["ref"], json.loads(row["extra"]))


def step_of(row: sqlite3.Row) -> StepRecord:
    """Return the step of a row of ``steps``."""
    step = Step(
        id=row["id"],
        job_type=row["job_type"],
        experiment=row["experiment"],
        run_id=row["run_id"],
        name=row["name"],
        config=json.loads(row["config"]),
        tags=tuple(json.loads(row["tags"])),
        started=row["started"],
    )
    return StepRecord(step, row["state"], row["finished"], summary=json.loads(row["summary"]))


def versions_of(connection: sqlite3.Connection, name: str) -> list[Version]:
    """Return the versions of an artifact, newest first.

    Raises:
        ArtifactNotFoundError: There is none of that name.
    """
    rows = connection.execute(
        "SELECT * FROM told_versions WHERE name = ? ORDER BY number DESC", [name]
    ).fetchall()
    if not rows:
        known = connection.execute("SELECT name FROM artifacts")
        raise ArtifactNotFoundError.unknown_name(name, [row["name"] for row in known], LABEL)
    return [version_of(row) for row in rows]


def id_of(connection: sqlite3.Connection, version: Version) -> int:
    """Return the row's number of a version, which any store may have told.

    Raises:
        ArtifactNotFoundError: There is no such content.
    """
    row = connection.execute(
        "SELECT id FROM told_versions WHERE name = ? AND digest = ?",
        [version.name, version.digest],
    ).fetchone()
    if row is not None:
        found: int = row["id"]
        return found
    known = [each.digest for each in versions_of(connection, version.name)]
    raise ArtifactNotFoundError.unknown_version(version.name, version.digest, known, LABEL)


def check_step(connection: sqlite3.Connection, step: str) -> None:
    """Check that a step was opened.

    Raises:
        ArtifactNotFoundError: It was not.
    """
    if connection.execute("SELECT 1 FROM steps WHERE id = ?", [step]).fetchone() is None:
        msg = f"The {LABEL} has no step {step!r}."
        raise ArtifactNotFoundError(msg)


def check_type(connection: sqlite3.Connection, draft: Draft) -> None:
    """Check that a name keeps its type, as W&B wants it.

    Raises:
        ConfigurationError: It has another one.
    """
    row = connection.execute("SELECT type FROM artifacts WHERE name = ?", [draft.name]).fetchone()
    if row is not None and row["type"] != draft.type:
        msg = (
            f"The artifact {draft.name!r} has the type {row['type']!r} and can't get"
            f" {draft.type!r}: W&B gives each name one type for good. Give it another name, or"
            " the old type."
        )
        raise ConfigurationError(msg)


def event_of(row: sqlite3.Row, version: Version | None) -> Event:
    """Return the event of a row of ``events``."""
    aliases = tuple(json.loads(row["aliases"]))
    return Event(row["number"], row["kind"], row["at"], row["step_id"], version, aliases)


def insert_step(connection: sqlite3.Connection, step: Step, *, begun_online: bool) -> bool:
    """Insert or reopen a step, and return whether it is new."""
    known = connection.execute("SELECT 1 FROM steps WHERE id = ?", [step.id]).fetchone()
    if known is not None:
        connection.execute(
            "UPDATE steps SET state = 'running', finished = NULL,"
            " begun_online = begun_online OR ? WHERE id = ?",
            [begun_online, step.id],
        )
        add_event(connection, "step_reopened", step.id)
        return False
    connection.execute(
        "INSERT INTO steps (id, job_type, experiment, run_id, name, config, tags, started, state,"
        " begun_online) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)",
        [
            step.id,
            step.job_type,
            step.experiment,
            step.run_id,
            step.name,
            to_json(dict(step.config)),
            to_json(step.tags),
            step.started,
            begun_online,
        ],
    )
    add_event(connection, "step_opened", step.id, at=step.started)
    return True


def insert_run(connection: sqlite3.Connection, step: Step, ending: Ending) -> bool:
    """Insert a step that is over, and return whether it is new; a known one stays as it is."""
    if connection.execute("SELECT 1 FROM steps WHERE id = ?", [step.id]).fetchone() is not None:
        return False
    insert_step(connection, step, begun_online=False)
    end_step(connection, step.id, ending)
    return True


def end_step(connection: sqlite3.Connection, step: str, ending: Ending) -> None:
    """Record how a step ended."""
    connection.execute(
        "UPDATE steps SET state = ?, finished = ?, summary = ? WHERE id = ?",
        [ending.state, ending.finished, to_json(dict(ending.summary)), step],
    )
    add_event(connection, "step_ended", step, at=ending.finished)


def tell_killed(connection: sqlite3.Connection, step: str) -> None:
    """Record that a step ended, as far as is known, with the last thing that it did."""
    finished: float = connection.execute(
        "SELECT max(at) FROM events WHERE step_id = ?", [step]
    ).fetchone()[0]
    connection.execute(
        "UPDATE steps SET state = 'killed', finished = ? WHERE id = ?", [finished, step]
    )
    add_event(connection, "step_ended", step, at=finished)


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
    kind: EventKind,
) -> Outcome:
    """Record the version of a draft's content, new or not, and what a step did with it."""
    digest = manifest_digest({entry.name: entry.digest for entry in entries})
    found = connection.execute(
        "SELECT id FROM told_versions WHERE name = ? AND digest = ?", [draft.name, digest]
    ).fetchone()
    version = _insert(connection, draft, entries, digest) if found is None else found["id"]
    if kind == "version_logged":
        connection.execute(
            "UPDATE versions SET step_id = ? WHERE id = ? AND step_id IS NULL", [step, version]
        )
    moves = kind == "version_logged" or found is None
    if moves:
        for alias in dict.fromkeys([*draft.aliases, LATEST]):
            move_alias(connection, version, alias)
    add_event(connection, kind, step, version, draft.aliases if moves else ())
    row = connection.execute("SELECT * FROM told_versions WHERE id = ?", [version]).fetchone()
    return Outcome(version_of(row), "new" if found is None else "unchanged")


def move_alias(connection: sqlite3.Connection, version: int, alias: str) -> None:
    """Let an alias stand for a version."""
    connection.execute(
        "INSERT INTO aliases (artifact_id, alias, version_id)"
        " SELECT artifact_id, ?, id FROM versions WHERE id = ?"
        " ON CONFLICT DO UPDATE SET version_id = excluded.version_id",
        [alias, version],
    )


def add_event(
    connection: sqlite3.Connection,
    kind: EventKind,
    step: str | None,
    version: int | None = None,
    aliases: Iterable[str] = (),
    at: float | None = None,
) -> None:
    """Record what happened, now or at a time that is known better; it waits for W&B."""
    connection.execute(
        "INSERT INTO events (kind, at, step_id, version_id, aliases) VALUES (?, ?, ?, ?, ?)",
        [kind, time.time() if at is None else at, step, version, to_json(list(aliases))],
    )


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
