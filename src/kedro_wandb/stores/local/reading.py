"""What can be asked of the local store without changing it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from kedro_wandb.errors import ArtifactNotFoundError, DamagedArtifactError
from kedro_wandb.stores.base import (
    ArtifactSummary,
    Entry,
    EventKind,
    Link,
    Progress,
    StepRecord,
    Version,
)
from kedro_wandb.stores.local.blobs import Blob, Blobs
from kedro_wandb.stores.local.database import Database
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.rows import (
    LABEL,
    check_step,
    entry_of,
    id_of,
    step_of,
    version_of,
    versions_of,
)
from kedro_wandb.stores.names import choose, place, split_reference

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


class LocalReader:
    """A folder with a store, or one where none was made yet: then it is empty.

    Attributes:
        folder: Where all of it is.
    """

    label = LABEL

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder)
        self.locks = Locks(folder / "locks")
        self.blobs = Blobs(folder / "blobs", self.locks)

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT *, max(number), count(*) AS versions"
                " FROM told_versions GROUP BY name ORDER BY name"
            )
            return [
                ArtifactSummary(row["name"], row["type"], row["versions"], version_of(row))
                for row in rows
            ]

    def versions(self, name: str) -> list[Version]:
        """Return the versions of an artifact, newest first.

        Raises:
            ArtifactNotFoundError: There is no artifact of that name.
        """
        with self.database.reading() as connection:
            return versions_of(connection, name)

    def find(self, reference: str) -> Version:
        """Return the version that ``name:alias``, ``name:v3``, ``name:digest`` or ``name`` means.

        Raises:
            ArtifactNotFoundError: With what there is instead.
        """
        name, alias = split_reference(reference)
        return choose(self.versions(name), name, alias, self.label)

    def entries(self, version: Version) -> list[Entry]:
        """Return the files of a version, by name.

        Raises:
            ArtifactNotFoundError: There is no such version.
        """
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM entries WHERE version_id = ? ORDER BY name",
                [id_of(connection, version)],
            )
            return [entry_of(row) for row in rows]

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder, which is made.

        References are not fetched.

        Raises:
            ArtifactNotFoundError: There is no such version, or its files were cleaned away.
            DamagedArtifactError: The bytes are not those that were logged.
            OSError: A file can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        entries = [entry for entry in self.entries(version) if entry.ref is None]
        targets = [place(folder, entry.name) for entry in entries]
        reader = self.locks.read(version.digest)
        try:
            for entry, target in zip(entries, targets, strict=True):
                self._fetch(version, entry, target, progress)
        finally:
            self.locks.let_go(reader)

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT * FROM steps ORDER BY started DESC, rowid DESC")
            return [step_of(row) for row in rows]

    def step(self, step: str) -> StepRecord:
        """Return a step.

        Raises:
            ArtifactNotFoundError: There is none with that id.
        """
        with self.database.reading() as connection:
            check_step(connection, step)
            row = connection.execute("SELECT * FROM steps WHERE id = ?", [step])
            return step_of(row.fetchone())

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it."""
        return self._steps("version_logged", version)

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""
        return self._steps("version_used", version)

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""
        return self._versions("version_used", step)

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""
        return self._versions("version_logged", step)

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, asked for at once."""
        with self.database.reading() as connection:
            versions = {row["id"]: version_of(row) for row in connection.execute(_BARE_VERSIONS)}
            steps = {row["id"]: step_of(row) for row in connection.execute(_BARE_STEPS)}
            return [
                Link(kind, steps[step], versions[version])
                for kind, step, version in connection.execute(_LINKS)
            ]

    def blob_path(self, digest: str) -> Path:
        """Return where the content of an entry is kept."""
        return self.blobs.path(digest)

    def close(self) -> None:
        """Give back what the store holds open; a step that has not ended is given up."""
        self.locks.close()
        self.database.close()

    def _steps(self, kind: EventKind, version: Version) -> list[StepRecord]:
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT steps.* FROM steps JOIN events ON events.step_id = steps.id"
                " WHERE events.version_id = ? AND kind = ?"
                " GROUP BY steps.id ORDER BY min(events.number)",
                [id_of(connection, version), kind],
            )
            return [step_of(row) for row in rows]

    def _versions(self, kind: EventKind, step: str) -> list[Version]:
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT told_versions.* FROM told_versions"
                " JOIN events ON events.version_id = told_versions.id"
                " WHERE events.step_id = ? AND kind = ?"
                " GROUP BY told_versions.id ORDER BY min(events.number)",
                [step, kind],
            )
            return [version_of(row) for row in rows]

    def _fetch(
        self, version: Version, entry: Entry, target: Path, progress: Progress | None
    ) -> None:
        blob = self.blobs.path(entry.digest)
        if not blob.exists():
            raise self._missing(version, entry)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{uuid4().hex}.part")
        try:
            if self.blobs.give(entry.digest, temporary, progress) != Blob(
                entry.digest, entry.size or 0
            ):
                msg = (
                    f"{entry.name!r} of {version.reference} is damaged in the local store:"
                    f" remove {blob} and log the file again."
                )
                raise DamagedArtifactError(msg)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _missing(self, version: Version, entry: Entry) -> Exception:
        with self.database.reading() as connection:
            row = connection.execute(
                "SELECT cleaned FROM blobs WHERE digest = ?", [entry.digest]
            ).fetchone()
        if row is not None and row["cleaned"]:
            return ArtifactNotFoundError(
                f"The files of {version.reference} were cleaned out of the local store after they"
                " had been synced: fetch it from W&B, or log the same file again."
            )
        return DamagedArtifactError(
            f"The local store has lost {entry.name!r} of {version.reference}: log the file again."
        )
