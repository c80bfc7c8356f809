"""What may be deleted from the local store: never a byte that W&B does not have."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kedro_wandb.stores.fetching import CHECKOUTS
from kedro_wandb.stores.local.outbox import Outbox

_TOLD: dict[str, str] = {
    "half-written": "files that killed processes left half-written",
    "unused": "files that no version has",
    "synced run": "offline runs that W&B has",
    "synced files": "files of versions that W&B has",
    CHECKOUTS: "copies of versions that were read",
}

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
SELECT digest FROM media WHERE step_id IN (SELECT step_id FROM events WHERE NOT synced)
UNION
SELECT digest FROM entries WHERE ref IS NULL AND version_id IN (
    SELECT id FROM versions WHERE remote IS NULL
    UNION
    SELECT version_id FROM events WHERE NOT synced
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
        return [Leftover(reason, path, folder_size(path)) for reason, path in found]

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
                    freed += folder_size(path)
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
            "SELECT offline_folder FROM steps WHERE offline_folder NOT NULL"
            " AND id NOT IN (SELECT step_id FROM events WHERE NOT synced AND step_id NOT NULL)"
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


@dataclass(frozen=True)
class Pile:
    """What may be deleted for one reason.

    Attributes:
        reason: A key of the reasons, such as ``synced files``.
        told: The reason for people.
        count: How many files or folders.
        size: In bytes.
    """

    reason: str
    told: str
    count: int
    size: int


@dataclass(frozen=True)
class Plan:
    """What may be deleted now.

    Attributes:
        leftovers: Of the store.
        checkouts: Folders with versions that datasets were read from; they can be made again.
    """

    leftovers: tuple[Leftover, ...]
    checkouts: tuple[Path, ...]

    @property
    def size(self) -> int:
        """In bytes, all together."""
        return sum(pile.size for pile in self.piles())

    def piles(self) -> list[Pile]:
        """Return what there is, by reason."""
        by_reason = {
            reason: [each.size for each in self.leftovers if each.reason == reason]
            for reason in get_args(Reason)
        }
        by_reason[CHECKOUTS] = [folder_size(path) for path in self.checkouts]
        return [
            Pile(reason, _TOLD[reason], len(sizes), sum(sizes))
            for reason, sizes in by_reason.items()
            if sizes
        ]


def plan_cleaning(store: Leftovers) -> Plan:
    """Return what may be deleted from a local store now."""
    checkouts = sorted((store.folder / CHECKOUTS).glob("*/*"))
    return Plan(tuple(store.leftovers()), tuple(checkouts))


def clean(store: Leftovers, plan: Plan) -> int:
    """Delete what was planned, unless it has come to be needed, and return the bytes freed."""
    freed = store.delete(plan.leftovers)
    return freed + _remove(plan.checkouts)


def folder_size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; links are not followed."""
    files: Iterable[Path] = path.rglob("*") if _is_folder(path) else [path]
    return sum(file.lstat().st_size for file in files if not _is_folder(file))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _remove(paths: Sequence[Path]) -> int:
    freed = 0
    for path in paths:
        size = folder_size(path)
        if _is_folder(path):
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        freed += size
    return freed
