"""The state of files before and after a run: which of them did it write?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from kedro_wandb.protocol.plan import Mark

ITSELF = ""
"""The relative path of a file that is no folder."""


def mark(path: str | os.PathLike[str]) -> Mark:
    """Return what changes when a file is written.

    Raises:
        OSError: There is no such file.
    """
    stat = os.stat(path)  # noqa: PTH116 - on each file of a folder; Path objects cost more
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def marks(where: str | os.PathLike[str], suffix: str = "") -> dict[str, Mark]:
    """Return the marks of a file, or of all files in a folder, hidden ones left out.

    Args:
        where: File or folder; it may be absent.
        suffix: Of the names of the files in the folder that count.

    Returns:
        Mark by path relative to ``where``, with slashes; that of a single file is ``""``.
    """
    path = Path(where)
    if path.is_file():
        return {ITSELF: mark(path)}
    found = {name: file for name, file in _walk(path) if name.endswith(suffix)}
    return {name: mark(file) for name, file in sorted(found.items())}


def written(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> list[str]:
    """Return the files that are new or changed.

    >>> written({"a": (1, 5, 1), "b": (1, 5, 2)}, {"a": (1, 5, 1), "b": (1, 9, 2), "c": (0, 9, 3)})
    ['b', 'c']
    """
    return [name for name, state in after.items() if before.get(name) != state]


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith("."):
                file = os.path.join(place, name)  # noqa: PTH118 - as in mark
                yield Path(file).relative_to(folder).as_posix(), file
