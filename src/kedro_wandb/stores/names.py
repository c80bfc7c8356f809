"""Names of aliases, versions and entries, and what must be true of a draft's files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from kedro_wandb.errors import ArtifactNotFoundError, DamagedArtifactError, FileChangedError
from kedro_wandb.stores.base import LATEST, Draft, Version

_VERSION = re.compile(r"v(\d+)")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_ALIAS = re.compile(r"[^/:]{1,128}")

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
    names = Counter(source.name for source in draft.sources)
    for name in names:
        if not stays_inside(name):
            msg = f"{name!r} can't be the name of an entry: it must be a plain relative path."
            raise ValueError(msg)
    twice = sorted(name for name, times in names.items() if times > 1)
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


def checked_alias(alias: str) -> str:
    """Return an alias that may be given to a version.

    Raises:
        ValueError: It is ``latest``, looks like a version, or has characters that W&B refuses.

    >>> checked_alias("prod")
    'prod'
    """
    if alias == LATEST:
        msg = f"{LATEST!r} moves by itself: it always stands for the version that was logged last."
        raise ValueError(msg)
    if _VERSION.fullmatch(alias) or not _ALIAS.fullmatch(alias):
        msg = f"{alias!r} can't be an alias: it must not look like v0, nor have ':' or '/' in it."
        raise ValueError(msg)
    return alias


def split_reference(reference: str) -> tuple[str, str]:
    """Split ``name:alias`` into both; the alias is ``latest`` where none is given.

    >>> split_reference("price_model:prod"), split_reference("listings")
    (('price_model', 'prod'), ('listings', 'latest'))
    """
    name, _, alias = reference.partition(":")
    return name, alias or LATEST


def choose(versions: Sequence[Version], name: str, alias: str, store: str) -> Version:
    """Return the version that an alias, ``v3`` or a digest means.

    Raises:
        ArtifactNotFoundError: With what there is instead.
    """
    for version in versions:
        if alias in version.aliases or alias == version.label:
            return version
    if _DIGEST.fullmatch(alias):
        for version in versions:
            if version.digest == alias:
                return version
    known = [alias for version in versions for alias in (version.label, *version.aliases)]
    raise ArtifactNotFoundError.unknown_version(name, alias, known, store)


def place(folder: Path, name: str) -> Path:
    """Return where an entry goes.

    Raises:
        DamagedArtifactError: That would not be in the folder.

    >>> place(Path("there"), "a/b.csv").as_posix()
    'there/a/b.csv'
    """
    target = folder / name
    if not stays_inside(name) or not target.resolve().is_relative_to(folder.resolve()):
        msg = f"The entry {name!r} would be put outside of its folder; it is refused."
        raise DamagedArtifactError(msg)
    return target


def stays_inside(name: str) -> bool:
    """Return whether an entry of that name is put into the folder that it is fetched to.

    On every system, and as it is written: W&B's SDK refuses other names or writes them anew,
    so that their digest is another one.

    >>> [stays_inside(name) for name in ("a/b.csv", "dt=2024-01-01 10:00/b.csv", "..b.csv")]
    [True, True, True]
    >>> [stays_inside(name) for name in ("", ".", "../b.csv", "/b.csv", "C:b.csv", "a//b.csv")]
    [False, False, False, False, False, False]
    """
    paths = PurePosixPath(name), PureWindowsPath(name)
    is_plain = name not in {"", "."} and str(paths[0]) == name
    return is_plain and not any(path.anchor or ".." in path.parts for path in paths)
