"""What the local store tells, as questions within a transaction."""

from __future__ import annotations

import sqlite3

from kedro_wandb.stores.base import (
    ArtifactSummary,
    Entry,
    EventKind,
    Link,
    StepRecord,
    Version,
)
from kedro_wandb.stores.local.rows import check_step, entry_of, id_of, step_of, version_of

_BARE_VERSIONS = """
SELECT versions.id, number, digest, size, '' AS description, created, step_id, name, type,
    iif(
        json_type(metadata, '$.inputs') IS NULL, '{}',
        json_object('inputs', json_extract(metadata, '$.inputs'))
    ) AS metadata,
    group_concat(alias, '/') AS aliases
FROM versions JOIN artifacts ON artifacts.id = versions.artifact_id
LEFT JOIN aliases ON version_id = versions.id GROUP BY versions.id
"""

_BARE_STEPS = """
SELECT id, job_type, experiment, run_id, name, '{}' AS config, '[]' AS tags, started, state,
    finished, '{}' AS summary
FROM steps
"""

_LINKS = """
SELECT replace(replace(kind, 'version_logged', 'log'), 'version_used', 'use'), step_id, version_id
FROM events WHERE kind IN ('version_logged', 'version_used') ORDER BY number
"""


def summaries(connection: sqlite3.Connection) -> list[ArtifactSummary]:
    """Return all artifacts, by name."""
    rows = connection.execute(
        "SELECT *, max(number), count(*) AS versions FROM told_versions GROUP BY name ORDER BY name"
    )
    return [
        ArtifactSummary(row["name"], row["type"], row["versions"], version_of(row)) for row in rows
    ]


def entries(connection: sqlite3.Connection, version: Version) -> list[Entry]:
    """Return the files of a version, by name.

    Raises:
        ArtifactNotFoundError: There is no such version.
    """
    rows = connection.execute(
        "SELECT * FROM entries WHERE version_id = ? ORDER BY name", [id_of(connection, version)]
    )
    return [entry_of(row) for row in rows]


def steps(connection: sqlite3.Connection) -> list[StepRecord]:
    """Return all steps, those that started last first."""
    rows = connection.execute("SELECT * FROM steps ORDER BY started DESC, rowid DESC")
    return [step_of(row) for row in rows]


def step_by_id(connection: sqlite3.Connection, step: str) -> StepRecord:
    """Return a step.

    Raises:
        ArtifactNotFoundError: There is none with that id.
    """
    check_step(connection, step)
    row = connection.execute("SELECT * FROM steps WHERE id = ?", [step])
    return step_of(row.fetchone())


def steps_with(
    connection: sqlite3.Connection, kind: EventKind, version: Version
) -> list[StepRecord]:
    """Return the steps that did something with a version, in that order."""
    rows = connection.execute(
        "SELECT steps.* FROM steps JOIN events ON events.step_id = steps.id"
        " WHERE events.version_id = ? AND kind = ?"
        " GROUP BY steps.id ORDER BY min(events.number)",
        [id_of(connection, version), kind],
    )
    return [step_of(row) for row in rows]


def versions_with(connection: sqlite3.Connection, kind: EventKind, step: str) -> list[Version]:
    """Return the versions that a step did something with, in that order."""
    rows = connection.execute(
        "SELECT told_versions.* FROM told_versions"
        " JOIN events ON events.version_id = told_versions.id"
        " WHERE events.step_id = ? AND kind = ?"
        " GROUP BY told_versions.id ORDER BY min(events.number)",
        [step, kind],
    )
    return [version_of(row) for row in rows]


def links(connection: sqlite3.Connection) -> list[Link]:
    """Return what all steps logged and used, oldest first."""
    versions = {row["id"]: version_of(row) for row in connection.execute(_BARE_VERSIONS)}
    records = {row["id"]: step_of(row) for row in connection.execute(_BARE_STEPS)}
    return [
        Link(kind, records[step], versions[version])
        for kind, step, version in connection.execute(_LINKS)
    ]
