"""The files of the local store's versions: given away, and compared with what was logged."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from kedro_wandb.errors import ArtifactNotFoundError, DamagedArtifactError
from kedro_wandb.stores.base import Entry, MediaFile, Progress, Version
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.local import reading
from kedro_wandb.stores.local.blobs import Blob, Blobs
from kedro_wandb.stores.local.database import Database
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.names import place


class Content:
    """The bytes of versions and images.

    Args:
        database: Which files they have.
        blobs: Where the bytes are.
        locks: Held while somebody reads them.
    """

    def __init__(self, database: Database, blobs: Blobs, locks: Locks) -> None:
        self._database, self._blobs, self._locks = database, blobs, locks

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder; see ``Store.fetch``.

        Raises:
            ArtifactNotFoundError: There is no such version, or its files were cleaned away.
            DamagedArtifactError: The bytes are not those that were logged.
            OSError: A file can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        entries = self._files(version)
        targets = [place(folder, entry.name) for entry in entries]
        reader = self._locks.read(version.digest)
        try:
            for entry, target in zip(entries, targets, strict=True):
                self._fetch(version, entry, target, progress)
        finally:
            self._locks.let_go(reader)

    def check(self, version: Version) -> None:
        """Read the files of a version, and see that they are what was logged.

        Raises:
            ArtifactNotFoundError: They were cleaned away.
            DamagedArtifactError: They are not.
        """
        for entry in self._files(version):
            blob = self._blobs.path(entry.digest)
            if not blob.exists():
                raise self._missing(version, entry)
            _check(blob, f"{entry.name!r} of {version.reference}")

    def check_image(self, name: str, image: MediaFile) -> None:
        """Read an image of a step, and see that it is what was logged.

        Raises:
            DamagedArtifactError: It is not.
        """
        _check(image.path, f"The image {name!r}")

    def _files(self, version: Version) -> list[Entry]:
        with self._database.reading() as connection:
            return [each for each in reading.entries(connection, version) if each.ref is None]

    def _fetch(
        self, version: Version, entry: Entry, target: Path, progress: Progress | None
    ) -> None:
        blob = self._blobs.path(entry.digest)
        if not blob.exists():
            raise self._missing(version, entry)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{uuid4().hex}.part")
        try:
            if self._blobs.give(entry.digest, temporary, progress) != Blob(
                entry.digest, entry.size or 0
            ):
                what = f"{entry.name!r} of {version.reference}"
                raise _damaged(what, blob)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _missing(self, version: Version, entry: Entry) -> Exception:
        with self._database.reading() as connection:
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


def _check(blob: Path, what: str) -> None:
    try:
        damaged = file_digest(blob) != Blobs.digest(blob)
    except FileNotFoundError:
        damaged = True
    if damaged:
        raise _damaged(what, blob)


def _damaged(what: str, blob: Path) -> DamagedArtifactError:
    return DamagedArtifactError(
        f"{what} is damaged in the local store: remove {blob} and log the file again."
    )
