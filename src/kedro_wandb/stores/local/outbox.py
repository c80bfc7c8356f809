"""What the local store still has to tell W&B."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.stores.base import LATEST, Ending, Event, MediaFile, Version
from kedro_wandb.stores.local.blobs import Blobs
from kedro_wandb.stores.local.database import Database, told_clearly
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.rows import (
    check_step,
    event_of,
    id_of,
    tell_killed,
    version_of,
)


class Outbox:
    """What happened in a local store, and how much of it W&B was told.

    Args:
        database: Where that is kept.
        locks: Of the steps that live.
        blobs: Where images are.
    """

    def __init__(self, database: Database, locks: Locks, blobs: Blobs) -> None:
        self._database, self._locks, self._blobs = database, locks, blobs

    def recover(self) -> int:
        """Tell steps as killed that run no more, and return how many there were.

        They ended, as far as is known, with the last thing that they did.
        """
        with self._database.reading() as connection:
            if self._running(connection) == self._live(connection):
                return 0
        with self._database.writing() as connection:
            # Asked again: who opens a step holds its lock before it waits for this one.
            gone = self._running(connection) - self._live(connection)
            for step in sorted(gone):
                tell_killed(connection, step)
            return len(gone)

    def waiting_events(self) -> list[Event]:
        """Return what happened and W&B does not have, in order; of steps that live too."""
        self.recover()
        with self._database.reading() as connection:
            events = connection.execute(
                "SELECT * FROM events WHERE NOT synced ORDER BY number"
            ).fetchall()
            rows = connection.execute(
                "SELECT * FROM told_versions"
                " WHERE id IN (SELECT version_id FROM events WHERE NOT synced)"
            )
            versions = {row["id"]: version_of(row) for row in rows}
        return [event_of(event, versions.get(event["version_id"])) for event in events]

    def mark_events_synced(self, numbers: Iterable[int]) -> None:
        """Remember that W&B was seen to have what happened."""
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE events SET synced = 1 WHERE number = ?", [(each,) for each in numbers]
            )

    def note_remote(self, version: Version, number: int) -> None:
        """Remember W&B's number of a version."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE versions SET remote = ? WHERE id = ?", [number, id_of(connection, version)]
            )

    def seen_holder(self, name: str, alias: str) -> str | None:
        """Return the digest that W&B's alias was last seen at or put to; ``None`` if never."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT digest FROM holders WHERE name = ? AND alias = ?", [name, alias]
            ).fetchone()
            digest: str | None = row["digest"] if row is not None else None
            return digest

    def note_holder(self, name: str, alias: str, digest: str | None) -> None:
        """Remember at which digest W&B's alias is; ``None`` if it is at none."""
        self.note_holders({(name, alias): digest})

    def note_holders(self, holders: Mapping[tuple[str, str], str | None]) -> None:
        """Remember at which digests W&B's aliases are, by artifact and alias."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM holders WHERE name = ? AND alias = ?", holders)
            connection.executemany(
                "INSERT INTO holders VALUES (?, ?, ?)",
                [(*key, digest) for key, digest in holders.items() if digest is not None],
            )

    def ending(self, step: str) -> Ending:
        """Return how a step ended, with its images: files without a suffix, see ``images``.

        Raises:
            ArtifactNotFoundError: There is no such step, or it has not ended.
        """
        with self._database.reading() as connection:
            check_step(connection, step)
            row = connection.execute("SELECT * FROM steps WHERE id = ?", [step]).fetchone()
        if row["finished"] is None:
            msg = f"The step {step!r} has not ended."
            raise ArtifactNotFoundError(msg)
        media = {name: image.path for name, image in self.images(step).items()}
        return Ending(row["state"], row["finished"], json.loads(row["summary"]), media)

    def images(self, step: str) -> dict[str, MediaFile]:
        """Return a step's images by name."""
        with self._database.reading() as connection:
            return self._images(connection, step)

    def running(self) -> set[str]:
        """Return the ids of the steps that have not ended."""
        with self._database.reading() as connection:
            return self._running(connection)

    def remote_number(self, version: Version) -> int | None:
        """Return W&B's number of a version; ``None`` if it is not known to be there."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT remote FROM versions WHERE id = ?", [id_of(connection, version)]
            ).fetchone()
            number: int | None = row["remote"]
            return number

    def waiting_aliases(self) -> list[tuple[str, str, Version]]:
        """Return the name, alias and version of each alias that W&B was not told of.

        ``latest``, which moves by itself, is not among them.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT told_versions.*, alias FROM aliases"
                " JOIN told_versions ON told_versions.id = version_id"
                " WHERE alias <> ? AND digest IS NOT (SELECT digest FROM holders"
                "  WHERE holders.name = told_versions.name AND holders.alias = aliases.alias)"
                " ORDER BY name, alias",
                [LATEST],
            )
            return [(row["name"], row["alias"], version_of(row)) for row in rows]

    def _running(self, connection: sqlite3.Connection) -> set[str]:
        rows = connection.execute("SELECT id FROM steps WHERE state = 'running'")
        return {row["id"] for row in rows}

    def _live(self, connection: sqlite3.Connection) -> frozenset[str]:
        """Return the ids of the steps whose tracker lives: it holds the step's lock."""
        with told_clearly(self._database.folder):
            return self._locks.held(self._running(connection))

    def _images(self, connection: sqlite3.Connection, step: str) -> dict[str, MediaFile]:
        rows = connection.execute("SELECT * FROM media WHERE step_id = ? ORDER BY name", [step])
        return {
            row["name"]: MediaFile(self._blobs.path(row["digest"]), row["suffix"]) for row in rows
        }
