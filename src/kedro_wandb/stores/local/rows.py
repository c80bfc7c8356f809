"""The local store's rows as what they mean."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Literal

from kedro_wandb.errors import ArtifactNotFoundError, ConfigurationError
from kedro_wandb.stores.base import (
    LATEST,
    Draft,
    Entry,
    Step,
    StepRecord,
    Version,
)

LABEL = "local store"

Kind = Literal["log", "use"]


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
    return StepRecord(step, row["state"], row["finished"])


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
