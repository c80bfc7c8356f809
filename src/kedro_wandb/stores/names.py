"""What must be true of a draft before its files are sent, and after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kedro_wandb.errors import FileChangedError
from kedro_wandb.stores.base import Draft, checked_alias
from kedro_wandb.stores.local.reading import stays_inside

Stamps = Mapping[Path, tuple[int, int]]
"""Size in bytes and time of the last change in nanoseconds, by file."""


def check_names(draft: Draft) -> None:
    """Check the aliases and the entries' names of a draft.

    Raises:
        ValueError: One of them can't be one, or two entries have the same name.

    >>> check_names(Draft("listings", "dataset", (), aliases=("v1",)))
    Traceback (most recent call last):
    ValueError: 'v1' can't be an alias: it must not look like v0, nor have ':' or '/' in it.
    """
    for alias in draft.aliases:
        checked_alias(alias)
    names = [source.name for source in draft.sources]
    for name in names:
        if not stays_inside(name):
            msg = f"{name!r} can't be the name of an entry: it must be a plain relative path."
            raise ValueError(msg)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"The artifact {draft.name!r} has two entries of the same name: {', '.join(twice)}."
        raise ValueError(msg)


def stamps_of(draft: Draft) -> Stamps:
    """Return what tells that a draft's files were written.

    Raises:
        OSError: A file is not there.
    """
    stats = {source.path: source.path.stat() for source in draft.sources if source.path}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def check_unchanged(before: Stamps) -> None:
    """Check that files are those that were read.

    Raises:
        FileChangedError: One of them was written or removed meanwhile.
    """
    for path, stamp in before.items():
        try:
            now = path.stat()
        except OSError as error:
            msg = f"{path} went away while it was uploaded."
            raise FileChangedError(msg) from error
        if (now.st_size, now.st_mtime_ns) != stamp:
            msg = f"{path} changed while it was uploaded."
            raise FileChangedError(msg)
