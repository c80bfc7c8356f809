"""What the local store still has to tell W&B."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from kedro_wandb.errors import DamagedArtifactError
from kedro_wandb.stores.base import Ending, Version
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.local.blobs import Blobs
from kedro_wandb.stores.local.processes import Process
from kedro_wandb.stores.local.reading import LocalReader
from kedro_wandb.stores.local.rows import id_of, step_of, version_of
from kedro_wandb.stores.waiting import MediaFile, Operation, WaitingStep


class Outbox(LocalReader):
    """The part of the local store that knows what was synced."""

    def recover(self) -> int:
        """Tell steps as killed whose process has gone, and return how many there were.

        Only this machine's processes are known. They ended, as far as is known, with the
        last thing that they logged.
        """
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id, process FROM steps WHERE state = 'running'")
            gone = [(row["id"], row["process"]) for row in rows if _is_gone(row["process"])]
        if not gone:
            return 0
        with self._database.writing() as connection:
            return sum(_tell_killed(connection, *each) for each in gone)

    def waiting(self) -> list[WaitingStep]:
        """Return the steps that have ended and are not synced, oldest first."""
        self.recover()
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM steps WHERE NOT synced AND state <> 'running'"
                " ORDER BY started, rowid"
            ).fetchall()
            return [self._waiting(connection, row) for row in rows]

    def running(self) -> set[str]:
        """Return the ids of the steps that have not ended."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM steps WHERE state = 'running'")
            return {row["id"] for row in rows}

    def mark_synced(
        self, step: str, remote: Mapping[str, int], told: WaitingStep | None = None
    ) -> None:
        """Remember that W&B has all of a step.

        Args:
            step: Its id. A step that was opened again meanwhile goes on waiting.
            remote: W&B's version numbers by ours, such as ``{"listings:v0": 3}``.
            told: What W&B was told; a step that did more meanwhile goes on waiting.
        """
        with self._database.writing() as connection:
            if told is None or self._unchanged(connection, step, told):
                connection.execute(
                    "UPDATE steps SET synced = 1 WHERE id = ? AND state <> 'running'", [step]
                )
            connection.executemany(
                "UPDATE versions SET remote = ? WHERE id ="
                " (SELECT id FROM told_versions WHERE name || ':v' || number = ?)",
                [(number, reference) for reference, number in remote.items()],
            )

    def check_content(self, version: Version) -> None:
        """Read the files of a version, and see that they are what was logged.

        Raises:
            ArtifactNotFoundError: They were cleaned away.
            DamagedArtifactError: They are not.
        """
        for entry in self.entries(version):
            if entry.ref is None:
                blob = self.blob_path(entry.digest)
                if not blob.exists():
                    raise self._missing(version, entry)
                _check(blob, f"{entry.name!r} of {version.reference}")

    def check_image(self, name: str, image: MediaFile) -> None:
        """Read an image of a step, and see that it is what was logged.

        Raises:
            DamagedArtifactError: It is not.
        """
        _check(image.path, f"The image {name!r}")

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

        ``latest`` is among them only if it was set by hand.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT told_versions.*, alias FROM aliases"
                " JOIN told_versions ON told_versions.id = version_id"
                " WHERE explicit AND synced_version_id IS NOT version_id ORDER BY name, alias"
            )
            return [(row["name"], row["alias"], version_of(row)) for row in rows]

    def mark_alias_synced(self, name: str, alias: str, version: Version) -> None:
        """Remember that W&B has an alias at a version."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE aliases SET synced_version_id = ? WHERE alias = ?"
                " AND artifact_id = (SELECT id FROM artifacts WHERE name = ?)",
                [id_of(connection, version), alias, name],
            )

    def _unchanged(self, connection: sqlite3.Connection, step: str, told: WaitingStep) -> bool:
        row = connection.execute("SELECT * FROM steps WHERE id = ?", [step]).fetchone()
        now = self._waiting(connection, row)
        did = [(each.kind, each.version.reference) for each in now.operations]
        return now.ending == told.ending and did == [
            (each.kind, each.version.reference) for each in told.operations
        ]

    def _waiting(self, connection: sqlite3.Connection, row: sqlite3.Row) -> WaitingStep:
        operations = connection.execute(
            "SELECT told_versions.*, kind, operations.aliases AS asked FROM operations"
            " JOIN told_versions ON told_versions.id = version_id"
            " WHERE operations.step_id = ? ORDER BY operations.id",
            [row["id"]],
        )
        media = connection.execute("SELECT * FROM media WHERE step_id = ?", [row["id"]])
        folder = row["offline_folder"] if row["offline_whole"] else None
        return WaitingStep(
            record=step_of(row),
            ending=Ending(row["state"], row["finished"], json.loads(row["summary"])),
            media={
                each["name"]: MediaFile(self.blob_path(each["digest"]), each["suffix"])
                for each in media
            },
            operations=tuple(
                Operation(each["kind"], version_of(each), tuple(json.loads(each["asked"])))
                for each in operations
            ),
            begun_online=bool(row["begun_online"]),
            offline_folder=Path(folder) if folder else None,
        )


def _check(blob: Path, what: str) -> None:
    try:
        damaged = file_digest(blob) != Blobs.digest(blob)
    except FileNotFoundError:
        damaged = True
    if damaged:
        msg = f"{what} is damaged in the local store: remove {blob} and log the file again."
        raise DamagedArtifactError(msg)


def _is_gone(process: str) -> bool:
    found = Process.parse(process)
    return found is not None and found.is_gone


def _tell_killed(connection: sqlite3.Connection, step: str, process: str) -> int:
    return connection.execute(
        "UPDATE steps SET state = 'killed', finished = ("
        "  SELECT max(steps.started, ifnull(max(at), 0)) FROM operations WHERE step_id = steps.id"
        " ) WHERE id = ? AND process = ? AND state = 'running'",
        [step, process],
    ).rowcount
