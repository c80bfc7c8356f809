"""What may be deleted from the local store: never a byte that W&B does not have."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kedro_wandb.stores.fetching import CHECKOUTS
from kedro_wandb.stores.local.locks import Held, held_readers
from kedro_wandb.stores.local.passing import abandoned, abandoned_temporary, remove_temporary
from kedro_wandb.stores.local.store import LocalStore

_TOLD: dict[str, str] = {
    "half-written": "files that killed processes left half-written",
    "unused": "files that no version has",
    "synced run": "offline runs that W&B has",
    "synced files": "files of versions that W&B has",
    CHECKOUTS: "copies of versions that were read",
    "abandoned": "files and folders that killed runs left behind",
}

Reason = Literal["half-written", "unused", "synced run", "synced files", "checkouts", "abandoned"]

_BATCH = 1000
"""How many files are taken away under the writers' lock at a time."""

_NEVER = "Z"
"""Later than any time that begins with a year."""

_KNOWN = """
SELECT digest FROM media UNION SELECT digest FROM entries WHERE ref IS NULL
"""

_UNSYNCED = """
SELECT digest FROM media WHERE step_id IN (SELECT step_id FROM events WHERE NOT synced)
UNION
SELECT digest FROM entries WHERE ref IS NULL AND version_id IN (
    SELECT id FROM versions WHERE remote IS NULL
    UNION
    SELECT version_id FROM events WHERE NOT synced
)
"""
"""Content that W&B may not have yet."""

_CHOSEN = """
SELECT digest FROM media JOIN steps ON steps.id = step_id WHERE finished > :after
UNION
SELECT digest FROM entries WHERE ref IS NULL AND version_id IN (
    SELECT version_id FROM aliases
    UNION
    SELECT version_id FROM events WHERE kind = 'version_used'
    UNION
    SELECT id FROM versions WHERE created > :created OR number > :newest + (
        SELECT max(number) FROM versions AS others WHERE others.artifact_id = versions.artifact_id
    )
)
"""
"""Content that stays where somebody chooses by age or number."""

_READ = """
SELECT entries.digest FROM entries JOIN versions ON versions.id = version_id
WHERE ref IS NULL AND versions.digest IN (SELECT value FROM json_each(:read))
"""


@dataclass(frozen=True)
class Keeping:
    """What stays, besides what always does.

    Attributes:
        newest: How many versions of each artifact; ``None`` if that does not count.
        since: When what is younger was made; ``None`` if that does not count.
    """

    newest: int | None = None
    since: dt.datetime | None = None


@dataclass(frozen=True)
class Leftover:
    """A file or folder that may be deleted.

    Attributes:
        reason: ``half-written`` by a killed process; content that is ``unused`` by any version;
            the offline folder of a ``synced run``; ``synced files`` of versions; ``checkouts``,
            copies that versions were read from and that can be made again; what is
            ``abandoned`` by runs that were killed.
        path: Where it is.
        size: In bytes.
    """

    reason: Reason
    path: Path
    size: int


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
        leftovers: In the order of the reasons, then of the paths.
        keeping: What stays.
    """

    leftovers: tuple[Leftover, ...]
    keeping: Keeping = Keeping()

    @property
    def size(self) -> int:
        """In bytes, all together."""
        return sum(each.size for each in self.leftovers)

    def piles(self) -> list[Pile]:
        """Return what there is, by reason."""
        by_reason = {
            reason: [each.size for each in self.leftovers if each.reason == reason]
            for reason in get_args(Reason)
        }
        return [
            Pile(reason, _TOLD[reason], len(sizes), sum(sizes))
            for reason, sizes in by_reason.items()
            if sizes
        ]


def plan_cleaning(
    store: LocalStore,
    keep: int | None = None,
    older_than: dt.timedelta | None = None,
    temporary: Path | None = None,
) -> Plan:
    """Return what may be deleted from a local store now.

    Where either of the limits is given, a version's files are only deleted if no limit keeps
    it, it has no alias, and no step has used it.

    Args:
        store: It.
        keep: How many of each artifact's newest versions keep their files.
        older_than: The age from which on versions do not keep their files.
        temporary: The system's folder for temporary files, where trackers have theirs.
    """
    since = None if older_than is None else dt.datetime.now(dt.UTC) - older_than
    keeping = Keeping(keep, since)
    with store.database.reading() as connection:
        found = [*_content(store, connection, keeping), *_folders(store, connection)]
    litter = [] if temporary is None else abandoned_temporary(temporary)
    found += [("abandoned", path) for path in litter]
    order = get_args(Reason)
    found.sort(key=lambda each: (order.index(each[0]), each[1]))
    return Plan(tuple(Leftover(reason, path, folder_size(path)) for reason, path in found), keeping)


def clean(store: LocalStore, plan: Plan) -> int:
    """Delete what was planned, unless it has come to be needed, and return the bytes freed.

    Files are taken out of everybody's sight first, some at a time, and deleted then, so that
    nobody waits for that.
    """
    freed = 0
    own: list[Leftover] = []
    for each in plan.leftovers:
        if each.reason != "abandoned" or each.path.is_relative_to(store.folder):
            own.append(each)
        elif remove_temporary(each.path):
            freed += each.size
    for begin in range(0, len(own), _BATCH):
        batch = own[begin : begin + _BATCH]
        freed += sum(_delete(path) for path in _take_away(store, batch, plan.keeping))
    return freed


def folder_size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; links are not followed."""
    files: Iterable[Path] = path.rglob("*") if _is_folder(path) else [path]
    return sum(file.lstat().st_size for file in files if not _is_folder(file))


def _content(
    store: LocalStore, connection: sqlite3.Connection, keeping: Keeping
) -> Iterator[tuple[Reason, Path]]:
    known = _paths(store, connection, _KNOWN)
    kept = _kept(store, connection, keeping, store.locks.held)
    for path in store.blobs.files():
        if path not in known:
            yield "unused", path
        elif path not in kept:
            yield "synced files", path


def _folders(store: LocalStore, connection: sqlite3.Connection) -> Iterator[tuple[Reason, Path]]:
    yield from (("half-written", path) for path in store.blobs.strays())
    yield from (("synced run", path) for path in _synced_runs(connection) if path.is_dir())
    read = held_readers(store.locks, store.locks.held)
    copies = (store.folder / CHECKOUTS).glob("*/*")
    yield from (("checkouts", path) for path in copies if _digest(path) not in read)
    found = abandoned(store.folder, store.locks, store.locks.held)
    yield from (("abandoned", path) for path in found)


def _take_away(store: LocalStore, batch: Sequence[Leftover], keeping: Keeping) -> list[Path]:
    """Take out of sight what may still be deleted, and return where it is now.

    A process that logs looks for its content under the same lock, one that reads takes its
    own before it looks.
    """
    aside = [store.blobs.aside() for _ in batch]
    moved: list[tuple[Path, Path]] = []
    # A project that only ever read from W&B has no records.
    database = store.database
    with database.writing() if database.exists() else database.reading() as connection:
        try:
            with store.locks.alone() as held:
                deletable = _deletable(store, connection, keeping, held)
                for each, place in zip(batch, aside, strict=True):
                    if deletable(each) and _moved(each.path, place):
                        moved.append((each.path, place))
            connection.executemany(
                "UPDATE blobs SET cleaned = 1 WHERE digest = ?",
                [(store.blobs.digest(path),) for path, _ in moved if store.blobs.keeps(path)],
            )
        except BaseException:
            for path, place in moved:
                place.rename(path)
            raise
    return [place for _, place in moved]


def _deletable(
    store: LocalStore, connection: sqlite3.Connection, keeping: Keeping, held: Held
) -> Callable[[Leftover], bool]:
    """Return what tells whether a leftover still is one."""
    known = _paths(store, connection, _KNOWN)
    kept = _kept(store, connection, keeping, held)
    read = held_readers(store.locks, held)
    runs = set(_synced_runs(connection))
    left = set(abandoned(store.folder, store.locks, held))

    def deletable(each: Leftover) -> bool:
        if each.reason == "half-written":
            return True  # who is gone does not come back
        if each.reason == "synced run":
            return each.path in runs
        if each.reason == CHECKOUTS:
            return _digest(each.path) not in read
        if each.reason == "abandoned":
            return each.path in left
        return each.path not in known if each.reason == "unused" else each.path not in kept

    return deletable


def _kept(
    store: LocalStore, connection: sqlite3.Connection, keeping: Keeping, held: Held
) -> set[Path]:
    """Return the files of content that W&B may not have, that somebody reads, or that is chosen."""
    read = json.dumps(sorted(held_readers(store.locks, held)))
    kept = _paths(store, connection, _UNSYNCED)
    kept |= _paths(store, connection, _READ, {"read": read})
    if keeping.newest is not None or keeping.since is not None:
        since = keeping.since
        limits = {
            "newest": -(keeping.newest or 0),
            "after": since.timestamp() if since else 0.0,
            "created": since.strftime("%Y-%m-%dT%H:%M:%SZ") if since else _NEVER,
        }
        kept |= _paths(store, connection, _CHOSEN, limits)
    return kept


def _paths(
    store: LocalStore,
    connection: sqlite3.Connection,
    query: str,
    values: Mapping[str, object] | None = None,
) -> set[Path]:
    rows = connection.execute(query, values or {})
    return {store.blob_path(row["digest"]) for row in rows}


def _synced_runs(connection: sqlite3.Connection) -> list[Path]:
    rows = connection.execute(
        "SELECT DISTINCT offline_folder FROM steps WHERE offline_folder NOT NULL"
        " AND id NOT IN (SELECT step_id FROM events WHERE NOT synced AND step_id NOT NULL)"
    )
    return [Path(row["offline_folder"]) for row in rows]


def _digest(checkout: Path) -> str:
    """Return of which version a copy is, also one that is not whole yet."""
    return checkout.name.removeprefix(".").partition("-")[0]


def _moved(path: Path, place: Path) -> bool:
    try:
        path.rename(place)
    except FileNotFoundError:  # another cleaning was faster
        return False
    return True


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _delete(path: Path) -> int:
    size = folder_size(path)
    if _is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink()
    return size
