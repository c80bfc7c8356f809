"""What became of runs whose Kedro process waited no longer: told by the next command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from kedro_wandb.protocol.rows import Row

FOLDER = "late"
"""Folder of the reports in the store's."""


@dataclass(frozen=True)
class Late:
    """How a run ended that its tracker has gone on with alone.

    Attributes:
        run_id: Kedro's.
        ended: Whether its tracker came to the end.
        rows: What became of every dataset.
        problems: What went wrong besides.
        where: Where to look.
    """

    run_id: str
    ended: bool = False
    rows: tuple[Row, ...] = ()
    problems: tuple[str, ...] = ()
    where: str = ""


_LATE = TypeAdapter(Late)


class LateReport:
    """The tracker's side: a file that says what there is to tell, and a lock as long as it works.

    Args:
        folder: Of the store.
        run_id: Kedro's.
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        name = hashlib.md5(run_id.encode(), usedforsecurity=False).hexdigest()[:12]
        self._file = folder / FOLDER / f"{name}.json"
        # Taken by the thread that reads the line, given back by the one that works.
        self._lock = FileLock(self._file.with_suffix(".lock"), timeout=1, thread_local=False)

    def write(self, late: Late) -> None:
        """Say how far it is; at the first time, that this process is at work on it.

        Raises:
            OSError: The folder can't be written.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if not self._lock.is_locked:
            self._lock.acquire()
        fresh = self._file.with_suffix(".part")
        fresh.write_bytes(_LATE.dump_json(late))
        fresh.replace(self._file)
        if late.ended:
            self._lock.release()


@contextmanager
def _free(lock: Path) -> Iterator[bool]:
    """Tell whether nobody holds a lock, and meanwhile hold it."""
    held = FileLock(lock, timeout=0)
    try:
        with held:
            yield True
    except Timeout:
        yield False


def take_reports(folder: Path) -> list[tuple[Late, bool]]:
    """Return what there is to tell of runs that went on alone, each told once.

    Args:
        folder: Of the store.

    Returns:
        Each with whether its tracker is still at work; such a one is told again.

    Raises:
        OSError: The folder can't be read or written.
    """
    found = []
    for file in sorted(folder.glob(f"{FOLDER}/*.json")):
        lock = file.with_suffix(".lock")
        with _free(lock) as is_over:
            late = _LATE.validate_json(file.read_bytes())
            if is_over:
                file.unlink()
                lock.unlink(missing_ok=True)
        found.append((late, not is_over))
    return found
