"""What may be deleted from the local store: never a byte that W&B does not have."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kedro_wandb.stores.local.outbox import Outbox

Reason = Literal["half-written", "unused", "synced run", "synced files"]


@dataclass(frozen=True)
class Leftover:
    """A file or folder that may be deleted.

    Attributes:
        reason: ``half-written`` by a killed process; content that is ``unused`` by any version;
            the offline folder of a ``synced run``; ``synced files`` of versions.
        path: Where it is.
        size: In bytes.
    """

    reason: Reason
    path: Path
    size: int


_HELD = """
SELECT digest FROM media JOIN steps ON steps.id = step_id WHERE NOT synced
UNION
SELECT digest FROM entries WHERE ref IS NULL AND version_id IN (
    SELECT id FROM versions WHERE remote IS NULL
    UNION
    SELECT version_id FROM operations JOIN steps ON steps.id = step_id WHERE NOT synced
)
"""
"""Content that W&B may not have yet."""

_USED = """
SELECT digest FROM media UNION SELECT digest FROM entries WHERE ref IS NULL
"""


class Leftovers(Outbox):
    """The part of the local store that can be made smaller."""

    def leftovers(self) -> list[Leftover]:
        """Return what may be deleted now, in the order of the reasons, then of the paths."""
        with self._database.reading() as connection:
            found = list(self._leftovers(connection))
        return [Leftover(reason, path, _size(path)) for reason, path in found]

    def delete(self, leftovers: Iterable[Leftover]) -> int:
        """Delete leftovers, unless they have come to be needed, and return the bytes freed."""
        wanted = {leftover.path: leftover for leftover in leftovers}
        freed = 0
        if not wanted or not self._database.exists():
            return freed
        # Under the writers' lock: a process that logs looks for its content under it too.
        with self._database.writing() as connection:
            for reason, path in list(self._leftovers(connection)):
                if path in wanted and wanted[path].reason == reason:
                    freed += _size(path)
                    self._delete(connection, reason, path)
        return freed

    def _leftovers(self, connection: sqlite3.Connection) -> Iterator[tuple[Reason, Path]]:
        used, held = (
            {self.blob_path(row["digest"]) for row in connection.execute(query)}
            for query in (_USED, _HELD)
        )
        cleanable = used - held
        contents = sorted(self._blobs.files())
        runs = connection.execute(
            "SELECT offline_folder FROM steps WHERE synced AND offline_folder NOT NULL"
        )
        folders = sorted({Path(row["offline_folder"]) for row in runs})
        yield from (("half-written", path) for path in sorted(self._blobs.strays()))
        yield from (("unused", path) for path in contents if path not in used)
        yield from (("synced run", path) for path in folders if path.is_dir())
        yield from (("synced files", path) for path in contents if path in cleanable)

    def _delete(self, connection: sqlite3.Connection, reason: Reason, path: Path) -> None:
        if reason == "synced run":
            shutil.rmtree(path)
            return
        path.unlink()
        if reason == "synced files":
            connection.execute(
                "UPDATE blobs SET cleaned = 1 WHERE digest = ?", [self._blobs.digest(path)]
            )


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if not file.is_dir())
