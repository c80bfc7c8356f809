"""A version's files in a folder: all of them, or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

from kedro_wandb.errors import TrackingError
from kedro_wandb.stores.base import Entry, Progress, Store, Version
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.withheld import check_kept

CHECKOUTS = "checkouts"
"""Folder in the local store that holds versions' files for loading."""

_held: dict[tuple[int, Path], Locks] = {}
"""Locks of the copies that this process, or one that it was forked from, reads."""


def fetch_whole(
    store: Store, version: Version, folder: Path, progress: Progress | None = None
) -> None:
    """Fetch a version into a folder that is either complete or not there.

    Args:
        store: That has the version.
        version: What is fetched.
        folder: In a local store's ``checkouts``, by name and digest; is made. No cleaning takes
            it away as long as this process lives, for what was loaded may be read later.
        progress: Called with numbers of bytes as they are moved.

    Raises:
        DamagedArtifactError: The bytes are not those that were logged.
        WithheldError: The store was never given them.
    """
    entries = store.entries(version)
    check_kept(version, entries)
    _hold(folder, version)
    if folder.is_dir():
        if _is_intact(entries, folder, progress):
            return
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{version.digest}-", dir=folder.parent))
    try:
        store.fetch(version, fresh, progress)
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _hold(folder: Path, version: Version) -> None:
    mine = os.getpid(), folder.absolute()
    if mine not in _held:
        _held[mine] = Locks(folder.parents[2] / "locks")
        _held[mine].read(version.digest)


def _put(fresh: Path, folder: Path) -> None:
    try:
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster, with the same bytes
            raise


def _is_intact(entries: list[Entry], folder: Path, progress: Progress | None) -> bool:
    def tell(chunk: memoryview[int]) -> None:
        if progress is not None:
            progress(len(chunk))

    held = [entry for entry in entries if entry.ref is None]
    try:
        return all(file_digest(folder / entry.name, tell) == entry.digest for entry in held)
    except OSError:
        return False


def pull(store: Store, version: Version, folder: Path, progress: Progress | None = None) -> None:
    """Put the files of a version into a folder, which gets all of them or none.

    References are not fetched.

    Args:
        store: That has the version.
        version: What is fetched.
        folder: Is made, or is empty.
        progress: Called with numbers of bytes as they are moved.

    Raises:
        DamagedArtifactError: The bytes are not those that were logged.
        OSError: A file can't be written.
        TrackingError: There is something in the folder.
        WithheldError: The store was never given the bytes.
    """
    check_kept(version, store.entries(version))
    is_new = not folder.exists()
    if not is_new and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder} is not an empty folder: name another one with --to."
        raise TrackingError(msg)
    fresh = folder / f".{uuid4().hex}.part"
    try:
        store.fetch(version, fresh, progress)
        for path in list(fresh.iterdir()):
            path.rename(folder / path.name)
        is_new = False
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if is_new and folder.exists():
            folder.rmdir()
