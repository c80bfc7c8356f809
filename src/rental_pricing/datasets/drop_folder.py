"""What lies in a folder of drops, and what must not."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from kedro.io.core import DatasetError

from rental_pricing.errors import DropFormatError, cut
from rental_pricing.listings.dates import parse_date

_DROP_NAME = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})\.csv(\.gz)?", re.ASCII)
_YEARS = range(2000, 2200)
_HOME = re.compile(r"(?:.*/)?(~[^/]*(?:/.*)?)")


class DropFolderError(DropFormatError, DatasetError):
    """The folder of drops is missing, empty, or holds something that is no drop."""


def expanded(path: str) -> str:
    """Put the home folder in the place of ``~``.

    Kedro makes paths absolute before a dataset sees them: ``~/drops`` arrives as
    ``/project/~/drops``.
    """
    match = None if "://" in path else _HOME.fullmatch(path)
    if match is None or Path(path).exists():
        return path
    return str(Path(match[1]).expanduser())


def told(error: BaseException) -> str:
    """Return an error's own words on one line, cut where they are long."""
    strerror = getattr(error, "strerror", None)
    return cut(str(strerror or error), 120) or "no reason given"


def list_drops(filesystem: Any, folder: str, known: Collection[str]) -> dict[date, str]:
    """List a folder of drops.

    Args:
        filesystem: Of fsspec.
        folder: Path or address of the folder.
        known: Names of files that may stand there and are no drops.

    Returns:
        Date of delivery to path; hidden files are passed over.

    Raises:
        DropFolderError: If the folder is missing, can't be read, is empty, has something
            that is no drop, or two files for one date.
    """
    found: dict[date, str] = {}
    for entry in _entries(filesystem, folder):
        path = str(entry["name"]).rstrip("/")
        name = path.rsplit("/", 1)[-1]
        if name in known or name.startswith("."):
            continue
        day = _date_of(folder, name, str(entry["type"]))
        if day in found:
            first, second = sorted([found[day].rsplit("/", 1)[-1], name])
            msg = (
                f"The folder of drops {folder} has two drops of {day}: {first} and {second}. "
                f"Take one away."
            )
            raise DropFolderError(msg)
        found[day] = path
    if not found:
        msg = (
            f"The folder of drops {folder} has no drop. Put a file named "
            f"YYYY-MM-DD.csv or YYYY-MM-DD.csv.gz into it."
        )
        raise DropFolderError(msg)
    return found


def _entries(filesystem: Any, folder: str) -> list[dict[str, Any]]:
    try:
        is_file = filesystem.isfile(folder)
        entries: list[dict[str, Any]] = [] if is_file else filesystem.ls(folder, detail=True)
    except FileNotFoundError as error:
        msg = (
            f"The folder of drops {folder} does not exist. Name another one: --params drops=FOLDER"
        )
        raise DropFolderError(msg) from error
    except PermissionError as error:
        msg = f"The folder of drops {folder} must not be read by this user. Give the right to it."
        raise DropFolderError(msg) from error
    except Exception as error:  # whatever a remote filesystem raises
        msg = (
            f"The folder of drops {folder} can't be read: {told(error)}. Check the address "
            f"and the connection, or name another one: --params drops=FOLDER"
        )
        raise DropFolderError(msg) from error
    if is_file:
        msg = f"{folder} is a file, not a folder. Name its folder: --params drops=FOLDER"
        raise DropFolderError(msg)
    own = str(folder).split("://", 1)[-1].rstrip("/")  # an object store may list the folder itself
    return [entry for entry in entries if not str(entry["name"]).rstrip("/").endswith(own)]


def _date_of(folder: str, name: str, kind: str) -> date:
    match = _DROP_NAME.fullmatch(name)
    day = parse_date(match["date"]) if match else None
    if day is None:
        what = "its name must be the date of delivery, YYYY-MM-DD.csv or YYYY-MM-DD.csv.gz"
    elif kind != "file":
        what = "it is a folder" if kind == "directory" else "it is not a regular file"
    elif day.year not in _YEARS:
        what = f"the year of its name is not in {_YEARS.start} to {_YEARS.stop - 1}"
    else:
        return day
    msg = f"{folder}/{cut(name)} is not a drop: {what}. Rename it or move it elsewhere."
    raise DropFolderError(msg)
