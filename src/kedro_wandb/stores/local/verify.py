"""Whether the local store holds what it says: its files, its versions, its records."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from kedro_wandb.errors import ArtifactNotFoundError, DamagedArtifactError, FileChangedError
from kedro_wandb.stores.base import Entry, Progress, Version
from kedro_wandb.stores.digests import file_digest, manifest_digest
from kedro_wandb.stores.local.leftovers import Leftover, Plan, clean
from kedro_wandb.stores.local.rows import version_of
from kedro_wandb.stores.local.store import LocalStore

ASIDE = "damaged"
"""Folder in the store for files whose bytes are wrong and could not be had again."""

_NAMED = 3
"""How many of those that have some content are named to people."""

Fetch = Callable[[Version, Entry, Path], None]
"""Puts the content of an entry of a version into a new file; may raise ``TrackingError``."""

Kind = Literal["damaged", "missing", "orphan", "records"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        kind: Content is ``damaged`` or ``missing``; a file is an ``orphan`` that no version
            has, which does no harm; the ``records`` contradict themselves.
        what: For people.
        path: The file; ``None`` if it is about records.
        versions: Those that have the content, such as ``model:v3``.
        repaired: Whether that has been mended.
    """

    kind: Kind
    what: str
    path: Path | None = None
    versions: tuple[str, ...] = ()
    repaired: bool = False


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what was found.

    Attributes:
        files: How many were read.
        bytes: Of them.
        versions: How many there are.
        findings: Worst first: records, damaged, missing, orphans.
    """

    files: int
    bytes: int
    versions: int
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is there and right, if need be after a repair."""
        return all(each.repaired or each.kind == "orphan" for each in self.findings)


_CHECKS: Mapping[str, str] = {
    "{name} has no version v{number}, but later ones": """
        SELECT name, count(*) AS number FROM told_versions
        GROUP BY artifact_id HAVING max(number) <> count(*) - 1""",
    "no version of {name} is latest": """
        SELECT name FROM artifacts WHERE id IN (SELECT artifact_id FROM versions)
        AND id NOT IN (SELECT artifact_id FROM aliases WHERE alias = 'latest')""",
    "{name}:{alias} stands for a version of another artifact": """
        SELECT name, alias FROM aliases JOIN versions ON versions.id = version_id
        JOIN artifacts ON artifacts.id = aliases.artifact_id
        WHERE versions.artifact_id <> aliases.artifact_id""",
    "{name}:v{number} was neither logged nor used by any step": """
        SELECT name, number FROM told_versions
        WHERE id NOT IN (SELECT version_id FROM events WHERE kind LIKE 'version%')""",
    "{name}:v{number} is told to be made by {step_id}, which has not logged it": """
        SELECT name, number, step_id FROM told_versions WHERE step_id NOT NULL
        AND id NOT IN (SELECT version_id FROM events WHERE kind = 'version_logged'
                       AND events.step_id = told_versions.step_id)""",
    "the step {id} is {state}, but has no end": """
        SELECT id, state FROM steps WHERE state <> 'running' AND (finished IS NULL
        OR id NOT IN (SELECT step_id FROM events WHERE kind = 'step_ended'))""",
    "the step {id} was never begun": """
        SELECT id FROM steps
        WHERE id NOT IN (SELECT step_id FROM events WHERE kind = 'step_opened')""",
    "the metadata of {name}:v{number} can't be read": """
        SELECT name, number FROM told_versions WHERE NOT json_valid(metadata)""",
    "{file} of {name}:v{number} has facts that can't be read": """
        SELECT entries.name AS file, told_versions.name, number FROM entries
        JOIN told_versions ON id = version_id WHERE NOT json_valid(extra)""",
    "the config, tags or summary of the step {id} can't be read": """
        SELECT id FROM steps
        WHERE NOT (json_valid(config) AND json_valid(tags) AND json_valid(summary))""",
}
"""What is wrong if a query has rows."""


def stored_bytes(store: LocalStore) -> int:
    """Return how many bytes ``verify`` has to read."""
    sizes = (_size(path) for path in store.blobs.files())
    return sum(size for size in sizes if size is not None)


def verify(store: LocalStore, progress: Progress | None = None) -> Verification:
    """Read all of a local store, and return what is not as it should be.

    What a sync has let be cleaned away is not missing.

    Args:
        store: It; others may go on to write to it.
        progress: Called with numbers of bytes as they are read.

    Raises:
        StoreDamagedError: The records can't be read at all.
        StoreUnavailableError: They can't be read now.
    """
    files = sorted(store.blobs.files())
    sizes, damaged = {}, set()
    for path in files:
        size, is_sound = _read(store, path, progress or (lambda _: None))
        if size is not None:
            sizes[path] = size
            damaged |= set() if is_sound else {path}
    with store.database.reading() as connection:
        versions = connection.execute("SELECT count(*) FROM versions").fetchone()[0]
        content = _content(store, connection)
        findings = [
            *_records(connection),
            *(_finding("damaged", path, content) for path in sorted(damaged & content.keys())),
            *_missing(store, connection, content),
            *(_finding("orphan", path, content) for path in sorted(sizes.keys() - content.keys())),
        ]
    return Verification(len(sizes), sum(sizes.values()), versions, tuple(findings))


def repair(store: LocalStore, found: Verification, fetch: Fetch | None = None) -> Verification:
    """Get damaged and missing content again, drop orphans, and return what became of it.

    Where content can't be had, its damaged file goes to the folder ``damaged`` of the store, so
    that the same file, logged again, is kept anew.

    Args:
        store: It.
        found: By ``verify``.
        fetch: Where to get content from; ``None`` if from nowhere.

    Raises:
        StoreUnavailableError: The store can't be written, or nobody answers who was asked.
    """
    orphans = [each.path for each in found.findings if each.kind == "orphan" and each.path]
    clean(store, Plan(tuple(Leftover("unused", path, 0) for path in orphans)))
    return replace(found, findings=tuple(_mended(store, each, fetch) for each in found.findings))


def _read(store: LocalStore, path: Path, tell: Progress) -> tuple[int | None, bool]:
    """Return the size of a file of content, and whether it is that; ``None`` if it went away."""
    size = _size(path)
    try:
        return size, file_digest(path, lambda chunk: tell(len(chunk))) == store.blobs.digest(path)
    except FileNotFoundError:
        return None, True
    except (FileChangedError, OSError, ValueError):  # not readable, or no name of content
        return 0, False


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _content(store: LocalStore, connection: sqlite3.Connection) -> dict[Path, list[str]]:
    """Return by path which versions, or which steps' images, content belongs to."""
    rows = connection.execute(
        "SELECT entries.digest, artifacts.name || ':v' || number AS owner FROM entries"
        " JOIN versions ON versions.id = version_id"
        " JOIN artifacts ON artifacts.id = artifact_id WHERE ref IS NULL"
    )
    owned = [(row["digest"], row["owner"]) for row in rows]
    owned += [
        (row["digest"], f"the image {row['name']!r} of the step {row['step_id']}")
        for row in connection.execute("SELECT digest, step_id, name FROM media")
    ]
    found: dict[Path, list[str]] = {}
    for digest, owner in owned:
        # What is no digest is told of with its version, whose own it does not make.
        with contextlib.suppress(ValueError):
            found.setdefault(store.blob_path(digest), []).append(owner)
    return {path: list(dict.fromkeys(owners)) for path, owners in found.items()}


def _records(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (said,) in connection.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield Finding("records", f"SQLite says: {said}")
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(
            "records", f"a row of {row['table']} names one of {row['parent']} that is not"
        )
    for what, query in _CHECKS.items():
        for row in connection.execute(query):
            yield Finding("records", what.format(**dict(row)))
    for row in connection.execute("SELECT * FROM told_versions ORDER BY name, number").fetchall():
        yield from _version(connection, row)


def _version(connection: sqlite3.Connection, row: sqlite3.Row) -> Iterator[Finding]:
    reference = f"{row['name']}:v{row['number']}"
    entries = connection.execute(
        "SELECT name, digest, size FROM entries WHERE version_id = ?", [row["id"]]
    ).fetchall()
    if manifest_digest({each["name"]: each["digest"] for each in entries}) != row["digest"]:
        what = f"{reference} has other files than its digest says"
        yield Finding("records", what, versions=(reference,))
    if sum(each["size"] or 0 for each in entries) != row["size"]:
        what = f"{reference} has another size than its files together"
        yield Finding("records", what, versions=(reference,))


def _missing(
    store: LocalStore, connection: sqlite3.Connection, content: Mapping[Path, list[str]]
) -> Iterator[Finding]:
    rows = connection.execute("SELECT digest FROM blobs WHERE cleaned")
    cleaned = {store.blob_path(row["digest"]) for row in rows}
    for path in sorted(content.keys() - cleaned):
        if not path.exists():
            yield _finding("missing", path, content)


def _finding(kind: Kind, path: Path, content: Mapping[Path, list[str]]) -> Finding:
    owners = content.get(path, [])
    more = f" and {len(owners) - _NAMED} more" if len(owners) > _NAMED else ""
    named = ", ".join(owners[:_NAMED]) + more
    told = {
        "damaged": f"the bytes of {named} are not those that were logged",
        "missing": f"the bytes of {named} are not there",
        "orphan": f"no version has {path.name}",
    }
    return Finding(kind, told[kind], path, tuple(owners))


def _mended(store: LocalStore, finding: Finding, fetch: Fetch | None) -> Finding:
    path = finding.path
    if path is None:
        return finding
    if finding.kind == "orphan":
        return replace(finding, repaired=not path.exists())
    reason = _get_again(store, store.blobs.digest(path), fetch)
    if reason is None:
        return replace(finding, repaired=True)
    if path.exists():
        aside = store.folder / ASIDE
        aside.mkdir(exist_ok=True)
        path.replace(aside / path.name)
    return replace(finding, what=f"{finding.what}: {reason}")


def _get_again(store: LocalStore, digest: str, fetch: Fetch | None) -> str | None:
    """Get content from where a version with it may be, and return why that failed."""
    if fetch is None:
        return "nobody was asked for them"
    reason = "nobody else has them"
    for version, entry in _owners(store, digest):
        try:
            store.blobs.put(digest, partial(fetch, version, entry))
        except (ArtifactNotFoundError, DamagedArtifactError) as error:
            reason = str(error)
        else:
            return None
    return reason


def _owners(store: LocalStore, digest: str) -> list[tuple[Version, Entry]]:
    """Return versions with some content, first those that W&B is known to have."""
    with store.database.reading() as connection:
        rows = connection.execute(
            "SELECT told_versions.*, entries.name AS entry FROM told_versions"
            " JOIN entries ON version_id = id AND entries.digest = ? AND ref IS NULL"
            " ORDER BY remote IS NULL, id",
            [digest],
        ).fetchall()
    versions = [(version_of(row), row["entry"]) for row in rows]
    return [
        (version, entry)
        for version, name in versions
        for entry in store.entries(version)
        if entry.name == name
    ]
