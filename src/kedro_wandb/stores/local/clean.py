"""Making the local store smaller, without losing a byte that W&B does not have."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from kedro_wandb.reading.checkout import CHECKOUTS
from kedro_wandb.stores.local.leftovers import Leftover, Leftovers, Reason

_TOLD: dict[str, str] = {
    "half-written": "files that killed processes left half-written",
    "unused": "files that no version has",
    "synced run": "offline runs that W&B has",
    "synced files": "files of versions that W&B has",
    CHECKOUTS: "copies of versions that were read",
}


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
