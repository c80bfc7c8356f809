"""Files and folders that are saved whole or not at all.

What is new is written beside its place under a hidden name, flushed to the disk, and
renamed. A run that is killed leaves the old content or the new, never a mixture, and maybe
a hidden leftover, which the next save of the same dataset takes away.

This is for folders of the local machine. Object stores put an object whole by themselves.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEFTOVER = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.new")
"""Names of what is being written, and of what is being taken away."""


def write_file(path: str | Path, content: bytes) -> None:
    """Write a file whole; folders above it are made.

    Args:
        path: Its place; a link is followed.
        content: All that will be in it.
    """
    with replaced_file(path) as beside:
        beside.write_bytes(content)


@contextmanager
def replaced_file(path: str | Path) -> Iterator[Path]:
    """Give an empty file beside a place; after the block it takes that place.

    Where the block raises, the file goes and the place stays as it was. The block opens and
    closes the file by its path.

    Args:
        path: The place; a link is followed.

    Yields:
        A file in the same folder, with a hidden name.
    """
    place = _place(path)
    beside, descriptor = _claim(place, folder=False)
    try:
        yield beside
        if place.exists():
            shutil.copymode(place, beside)
        os.fsync(descriptor)
        beside.replace(place)
        _flush(place.parent)
    finally:
        beside.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def replaced_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder beside a place; after the block it takes that place.

    Two renames do it: the old folder aside, the new one to its place. Killed between them,
    the place is empty until :func:`mend_folder` puts the old folder back. Where the block
    raises, the new folder goes and the place stays as it was.

    Args:
        path: The place; a link is followed.

    Yields:
        A folder in the same folder, with a hidden name.
    """
    mend_folder(path)
    place = _place(path)
    beside, descriptor = _claim(place, folder=True)
    try:
        yield beside
        _flush_tree(beside)
        _discard(_aside(place))
        _swap(beside, place)
        _flush(place.parent)
        _discard(_aside(place))
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        os.close(descriptor)


def mend_folder(path: str | Path) -> None:
    """Put a folder back whose replacing was killed half-way; call it before it is read.

    Args:
        path: The folder's place.
    """
    place = _place(path)
    try:
        if not place.exists():
            _aside(place).rename(place)
    except OSError:
        if not place.exists() and _aside(place).exists():
            raise


def _place(path: str | Path) -> Path:
    return Path(os.path.realpath(path))


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.name}.{secrets.token_hex(4)}.new")


def _claim(place: Path, *, folder: bool) -> tuple[Path, int]:
    """Make a file or folder beside a place, and lock it: who dies loses the lock.

    Returns:
        Its path, and the descriptor that holds the lock.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(place)
    while True:
        beside = _beside(place)
        if folder:
            beside.mkdir()
        else:
            beside.touch(exist_ok=False)
        try:
            descriptor = os.open(beside, os.O_RDONLY)
        except FileNotFoundError:  # cleared before it was locked, as a leftover
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if beside.exists():
            return beside, descriptor
        os.close(descriptor)


def _clear_leftovers(place: Path) -> None:
    """Take away what killed processes left here; what is locked belongs to a living one."""
    for each in place.parent.iterdir():
        match = LEFTOVER.fullmatch(each.name)
        if match and match["name"] == place.name:
            _remove_unowned(each)


def _remove_unowned(leftover: Path) -> None:
    try:
        descriptor = os.open(leftover, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(leftover)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _swap(beside: Path, place: Path) -> None:
    while True:
        if place.exists():
            place.rename(_aside(place))
        try:
            beside.rename(place)
        except OSError:
            if not place.exists():
                raise
            continue  # a reader has put the old folder back between the two renames
        return


def _discard(path: Path) -> None:
    """Take a folder away under a leftover's name: a half-removed one must not come back."""
    if path.exists():
        leftover = _beside(path.with_name(path.name.removeprefix(".").removesuffix(".old")))
        path.rename(leftover)
        shutil.rmtree(leftover)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_tree(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        for name in files:
            _flush(Path(parent, name))
        _flush(Path(parent))
