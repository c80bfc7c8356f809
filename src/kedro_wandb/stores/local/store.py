"""Versioned artifacts without an account or a network, with W&B's meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kedro_wandb.errors import ArtifactNotFoundError, FileChangedError, StoreUnavailableError
from kedro_wandb.stores.base import (
    LATEST,
    Alert,
    ArtifactSummary,
    Draft,
    Ending,
    Entry,
    EventKind,
    Link,
    Outcome,
    Progress,
    Source,
    Step,
    StepRecord,
    Version,
)
from kedro_wandb.stores.local import reading
from kedro_wandb.stores.local.blobs import Blob, Blobs
from kedro_wandb.stores.local.content import Content
from kedro_wandb.stores.local.database import Database, told_clearly
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.mirror import Mirroring, OfflineMirror
from kedro_wandb.stores.local.outbox import Outbox
from kedro_wandb.stores.local.rows import (
    LABEL,
    add_blobs,
    add_event,
    check_step,
    check_type,
    end_step,
    id_of,
    insert_run,
    insert_step,
    keep,
    move_alias,
    version_of,
    versions_of,
)
from kedro_wandb.stores.names import check_names, checked_alias, choose, split_reference

_TRIES = 3


class LocalStore:
    """A store in a folder: records in SQLite, content in files named by their MD5.

    Several processes may write at once, and each may be killed at any time. As long as nothing
    was written, there is no folder, and the store is empty.

    Args:
        folder: Made when something is first written.
        offline: Writes each step as an offline W&B run too.

    Attributes:
        folder: Where all of it is.
        database: The records.
        locks: Of what is written or read just now.
        blobs: The content.
        content: The same, version by version.
        outbox: What W&B has still to be told.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> folder = TemporaryDirectory()
        >>> file = Path(folder.name, "metrics.json")
        >>> written = file.write_text('{"mae": 30.2}')
        >>> store = LocalStore(Path(folder.name, "store"))
        >>> store.open_step(Step("s1", "modeling", "weekly", "run-1", "modeling"))
        >>> draft = Draft("metrics", "report", (Source("metrics.json", file),))
        >>> store.log("s1", draft).version.reference
        'metrics:v0'
        >>> store.close()
        >>> folder.cleanup()
    """

    label = LABEL

    def __init__(self, folder: Path, offline: OfflineMirror | None = None) -> None:
        self.folder = folder
        self.database = Database(folder)
        self.locks = Locks(folder / "locks")
        self.blobs = Blobs(folder / "blobs", self.locks)
        self.content = Content(self.database, self.blobs, self.locks)
        self.outbox = Outbox(self.database, self.locks, self.blobs)
        self._mirroring = Mirroring(offline)

    @property
    def offline_problem(self) -> str | None:
        """Why a step could not be written as an offline W&B run; the first reason."""
        return self._mirroring.problem

    def open_step(self, step: Step, *, begun_online: bool = False) -> None:
        """Begin a step; opening it again goes on with it.

        Args:
            step: What it is.
            begun_online: Whether W&B has a run of this id already. Such a step gets no
                offline run, nor does one that is opened again: a sync tells what it did.
        """
        self._hold(step.id)
        with self.database.writing() as connection:
            first = insert_step(connection, step, begun_online=begun_online)
        if first and not begun_online:
            folder = self._mirroring.open(step)
            with self.database.writing() as connection:
                connection.execute(
                    "UPDATE steps SET offline_folder = ? WHERE id = ?", [folder, step.id]
                )

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Make a version an output of a step.

        Raises:
            ArtifactNotFoundError: There is no such step.
            ConfigurationError: The name has another type.
            FileChangedError: A file changed while it was read.
            OSError: A file can't be read.
            ValueError: An alias or an entry's name can't be one.
        """
        outcome, entries = self._keep(step, "version_logged", draft, progress)
        files = {entry.name: self.blob_path(entry.digest) for entry in entries if entry.ref is None}
        self._mirroring.log(step, draft, files, entries)
        return outcome

    def use(self, step: str, target: Draft | Version, progress: Progress | None = None) -> Outcome:
        """Make a version an input of a step.

        A draft stands for the version with its content, whose aliases stay where they are;
        if there is none, one is made that no step has produced.

        Raises:
            ArtifactNotFoundError: There is no such step, or no such version.
            ConfigurationError: The name has another type.
            FileChangedError: A file changed while it was read.
            OSError: A file can't be read.
            ValueError: An alias or an entry's name can't be one.
        """
        if isinstance(target, Draft):
            return self._keep(step, "version_used", target, progress)[0]
        with self.database.writing() as connection:
            check_step(connection, step)
            version = id_of(connection, target)
            add_event(connection, "version_used", step, version)
            row = connection.execute("SELECT * FROM told_versions WHERE id = ?", [version])
            return Outcome(version_of(row.fetchone()), "unchanged")

    def add_runs(
        self, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add steps that are over already, in one transaction; see ``Store.add_runs``.

        Nobody works at them, so none is locked; nor do they get offline runs.
        """
        with self.database.writing() as connection:
            new = sum(insert_run(connection, step, ending) for step, ending in runs)
        if progress is not None:
            progress(0)
        return new

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:  # noqa: ARG002 - see Store
        """Send nothing: here is nobody to be told."""
        return False

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step.

        Raises:
            ArtifactNotFoundError: There is no such step.
            FileChangedError: An image changed while it was read; the step has ended all the same.
            OSError: An image can't be read; the step has ended all the same.
        """
        kept, failure = self._keep_media(ending.media)
        with self.database.writing() as connection:
            check_step(connection, step)
            end_step(connection, step, ending)
            add_blobs(connection, [blob for blob, _ in kept.values()])
            connection.executemany(
                "INSERT OR REPLACE INTO media (step_id, name, digest, suffix) VALUES (?, ?, ?, ?)",
                [(step, name, blob.digest, suffix) for name, (blob, suffix) in kept.items()],
            )
        if not self._mirroring.close(step, ending):
            with self.database.writing() as connection:
                connection.execute("UPDATE steps SET offline_folder = NULL WHERE id = ?", [step])
        self.locks.let_go(step)
        if failure is not None:
            raise failure

    def set_alias(self, version: Version, alias: str) -> None:
        """Let an alias stand for a version, and no other of the same name.

        Raises:
            ArtifactNotFoundError: There is no such version.
            ValueError: It can't be an alias, see ``checked_alias``.
        """
        checked_alias(alias)
        with self.database.writing() as connection:
            row = id_of(connection, version)
            move_alias(connection, row, alias)
            add_event(connection, "alias_set", None, row, [alias])

    def remove_alias(self, name: str, alias: str) -> None:
        """Let an alias stand for no version any more.

        Raises:
            ArtifactNotFoundError: No version has it.
            ValueError: It is ``latest``, which some version always has.
        """
        if alias == LATEST:
            msg = f"{LATEST!r} can't be removed: it stands for the version that was logged last."
            raise ValueError(msg)
        with self.database.writing() as connection:
            versions = versions_of(connection, name)
            removed = connection.execute(
                "DELETE FROM aliases WHERE alias = ?"
                " AND artifact_id = (SELECT id FROM artifacts WHERE name = ?) RETURNING version_id",
                [alias, name],
            ).fetchone()
            if removed is None:
                known = [each for version in versions for each in version.aliases]
                raise ArtifactNotFoundError.unknown_version(name, alias, known, self.label)
            add_event(connection, "alias_removed", None, removed["version_id"], [alias])

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        with self.database.reading() as connection:
            return reading.summaries(connection)

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
            return reading.entries(connection, version)

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder, which is made; references are not fetched.

        Raises:
            ArtifactNotFoundError: There is no such version, or its files were cleaned away.
            DamagedArtifactError: The bytes are not those that were logged.
            OSError: A file can't be written.
        """
        self.content.fetch(version, folder, progress)

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""
        with self.database.reading() as connection:
            return reading.steps(connection)

    def step(self, step: str) -> StepRecord:
        """Return a step.

        Raises:
            ArtifactNotFoundError: There is none with that id.
        """
        with self.database.reading() as connection:
            return reading.step_by_id(connection, step)

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it."""
        with self.database.reading() as connection:
            return reading.steps_with(connection, "version_logged", version)

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""
        with self.database.reading() as connection:
            return reading.steps_with(connection, "version_used", version)

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""
        with self.database.reading() as connection:
            return reading.versions_with(connection, "version_used", step)

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""
        with self.database.reading() as connection:
            return reading.versions_with(connection, "version_logged", step)

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, asked for at once."""
        with self.database.reading() as connection:
            return reading.links(connection)

    def blob_path(self, digest: str) -> Path:
        """Return where the content of an entry is kept."""
        return self.blobs.path(digest)

    def close(self) -> None:
        """Give back what the store holds open; a step that has not ended is given up."""
        self.locks.close()
        self.database.close()

    def _hold(self, step: str) -> None:
        with told_clearly(self.folder):
            self.locks.hold(step)

    def _keep(
        self, step: str, kind: EventKind, draft: Draft, progress: Progress | None
    ) -> tuple[Outcome, list[Entry]]:
        check_names(draft)
        with self.database.reading() as connection:
            check_step(connection, step)
            check_type(connection, draft)
        for _ in range(_TRIES):
            blobs = self.blobs.add([each.path for each in draft.sources if each.path], progress)
            entries = _entries(draft, blobs)
            with self.database.writing() as connection:
                # A cleaning may have taken the content before any version had it.
                if all(self.blobs.has(blob) for blob in blobs):
                    check_type(connection, draft)
                    add_blobs(connection, blobs)
                    return keep(connection, draft, entries, step, kind), entries
        msg = f"The files in {self.folder} vanish while they are written."
        raise StoreUnavailableError(msg)

    def _keep_media(
        self, media: Mapping[str, Path]
    ) -> tuple[dict[str, tuple[Blob, str]], Exception | None]:
        kept: dict[str, tuple[Blob, str]] = {}
        failure: Exception | None = None
        for name, path in media.items():
            try:
                kept[name] = (self.blobs.add([path])[0], path.suffix)
            except (OSError, FileChangedError) as error:
                failure = failure or error
        return kept, failure


def _entries(draft: Draft, blobs: Sequence[Blob]) -> list[Entry]:
    rest = iter(blobs)
    return [
        _reference(each) if each.path is None else _file(each, next(rest)) for each in draft.sources
    ]


def _file(source: Source, blob: Blob) -> Entry:
    return Entry(source.name, blob.digest, blob.size)


def _reference(source: Source) -> Entry:
    digest = source.digest or source.ref or ""
    return Entry(source.name, digest, source.size, source.ref, dict(source.extra))
