"""What runs leave in passing, and what is left of it where they were killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.local.locks import Held, Locks

DECISIONS = "decisions"
"""Folder in the local store where decisions about aliases wait for the tracker."""

_COPIES = "copies"
_RUN = "run-"
_TEMPORARY = "kedro-wandb-"
_LOCK = ".lock"


def copies_folder(store: Path, run: str) -> Path:
    """Return the folder for copies of files that a run is going to write over."""
    return store / _COPIES / run


def hold_run(locks: Locks, run: str) -> None:
    """Let nobody clean away what a run leaves in passing, until the locks are closed.

    Kedro's process and the tracker each hold it: either may be the last that needs it.
    """
    # Where nothing can be written, nothing can be cleaned away either.
    with contextlib.suppress(OSError, StoreUnavailableError):
        locks.hold(f"{_RUN}{run}-{uuid4().hex}")


def abandoned(store: Path, locks: Locks, held: Held) -> list[Path]:
    """Return what is there of runs that no process works at any more."""
    held_names = held(locks.names(_RUN))
    runs = {name.removeprefix(_RUN).rpartition("-")[0] for name in held_names}
    copies = [path for path in sorted((store / _COPIES).glob("*")) if path.name not in runs]
    # A decision's name does not tell of which run it is.
    return copies if runs else [*copies, *sorted((store / DECISIONS).glob("*"))]


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a process a temporary folder of its own, which vanishes with its end.

    Raises:
        OSError: There can be none.
    """
    with contextlib.ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix=_TEMPORARY, ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(made))
        stack.enter_context(FileLock(folder / _LOCK))
        yield folder


def abandoned_temporary(root: Path) -> list[Path]:
    """Return the temporary folders whose processes were killed: nobody holds their locks."""
    return [path for path in sorted(root.glob(f"{_TEMPORARY}*")) if _is_abandoned(path)]


def remove_temporary(folder: Path) -> bool:
    """Remove a temporary folder, unless its process lives or another was faster."""
    is_gone = _is_abandoned(folder)
    if is_gone:
        shutil.rmtree(folder, ignore_errors=True)
    return is_gone


def _is_abandoned(folder: Path) -> bool:
    lock = folder / _LOCK
    try:
        # Without a lock it may be of a process that has just begun.
        if not lock.is_file() or folder.lstat().st_uid != os.getuid():
            return False
        with FileLock(lock, timeout=0):
            return True
    except (OSError, Timeout):
        return False
