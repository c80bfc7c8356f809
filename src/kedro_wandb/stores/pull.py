"""Copies of versions' files where people want them."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

from kedro_wandb.errors import TrackingError
from kedro_wandb.stores.base import Progress, Store, Version


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
    """
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
