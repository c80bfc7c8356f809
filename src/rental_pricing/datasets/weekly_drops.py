"""The folder of weekly drops, as a partitioned dataset."""

from __future__ import annotations

import re
import zlib
from datetime import date
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError
from kedro_datasets.partitions import PartitionedDataset

from rental_pricing.errors import DropFormatError
from rental_pricing.listings.drops import parse_drop

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE_NOTE = "SOURCE.md"
"""May stand beside the drops and say where they come from."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DROP_NAME = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})\.csv(\.gz)?")


class DropFolderError(DropFormatError, DatasetError):
    """The folder of drops is missing, empty, or holds something that is no drop."""


class DropDataset(AbstractDataset[None, pd.DataFrame]):
    """One drop: a CSV file, gzipped or not, read as text with line numbers.

    Read-only: drops are delivered, never written.
    """

    def __init__(self, *, filepath: str, credentials: dict[str, Any] | None = None) -> None:
        """Remember where the drop is.

        Args:
            filepath: Path or any fsspec address, ending in ``.csv`` or ``.csv.gz``.
            credentials: Options of the fsspec filesystem, such as key and secret.
        """
        self._filepath = filepath
        self._credentials = credentials or {}

    def load(self) -> pd.DataFrame:
        """Read the drop; see :func:`rental_pricing.listings.drops.parse_drop`.

        Raises:
            DropFolderError: If the file can't be read as a drop.
        """
        try:
            with fsspec.open(
                self._filepath, "rb", compression="infer", **self._credentials
            ) as file:
                content = file.read()
            return parse_drop(content, self._filepath)
        except DropFormatError as error:
            raise DropFolderError(str(error)) from error
        except (EOFError, zlib.error, OSError) as error:
            msg = f"{self._filepath} can't be read ({error}). Deliver the file again, complete."
            raise DropFolderError(msg) from error

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: drops are delivered by the company.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self._filepath} is a delivered drop and is never written."
        raise DatasetError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


class WeeklyDropsDataset(PartitionedDataset):
    """A folder with one file a week, ``YYYY-MM-DD.csv`` or ``YYYY-MM-DD.csv.gz``.

    Loading gives ``{file name: callable}``, oldest first, up to ``as_of``; each callable
    reads its drop. Hidden files and ``SOURCE.md`` are passed over; any
    other file is an error, since a delivery must not be ignored in silence.

    Example of a catalog entry:

    .. code-block:: yaml

        weekly_listings:
          type: rental_pricing.datasets.weekly_drops.WeeklyDropsDataset
          path: data/01_raw/listings
          as_of: 2024-01-08
    """

    def __init__(
        self,
        *,
        path: str,
        as_of: str | date | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the folder.

        Args:
            path: The folder: a path or any fsspec address, such as ``s3://bucket/drops``.
            as_of: Last date of delivery to read, ``YYYY-MM-DD``; all drops if left out.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.

        Raises:
            DropFolderError: If ``as_of`` is no date.
        """
        super().__init__(path=path, dataset=DropDataset, credentials=credentials, metadata=metadata)
        self._as_of = None if as_of is None else _as_date(str(as_of))

    def load(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """List the drops.

        Raises:
            DropFolderError: If the folder is missing or empty, has a file that is no
                drop, two files for one date, or no drop up to ``as_of``.
        """
        self._invalidate_caches()
        if not self._filesystem.isdir(self._normalized_path):
            msg = (
                f"The folder of drops {self._path} does not exist. "
                f"Name another one: --params drops=FOLDER"
            )
            raise DropFolderError(msg)
        drops = self._by_date()
        if not drops:
            msg = (
                f"The folder of drops {self._path} has no drop. Put a file named "
                f"YYYY-MM-DD.csv or YYYY-MM-DD.csv.gz into it."
            )
            raise DropFolderError(msg)
        wanted = {day: path for day, path in drops.items() if not self._is_later(day)}
        if not wanted:
            msg = (
                f"The folder of drops {self._path} has no drop up to {self._as_of}; the first "
                f"one is of {min(drops)}. Choose a later as_of."
            )
            raise DropFolderError(msg)
        return {
            self._path_to_partition(path): self._drop(path).load
            for _, path in sorted(wanted.items())
        }

    def _is_later(self, day: date) -> bool:
        return self._as_of is not None and day > self._as_of

    def _drop(self, path: str) -> DropDataset:
        return DropDataset(filepath=self._join_protocol(path), credentials=self._credentials)

    def _by_date(self) -> dict[date, str]:
        found: dict[date, str] = {}
        for path in self._list_partitions():
            name = self._path_to_partition(path)
            if name == SOURCE_NOTE or any(part.startswith(".") for part in name.split("/")):
                continue
            day = self._date_of(name)
            if day in found:
                msg = (
                    f"The folder of drops {self._path} has two drops of {day}: "
                    f"{self._path_to_partition(found[day])} and {name}. Take one away."
                )
                raise DropFolderError(msg)
            found[day] = path
        return found

    def _date_of(self, name: str) -> date:
        match = _DROP_NAME.fullmatch(name)
        day = _parse_date(match["date"]) if match else None
        if day is not None:
            return day
        msg = (
            f"{self._path}/{name} is not a drop: its name must be the date of delivery, "
            f"YYYY-MM-DD.csv or YYYY-MM-DD.csv.gz. Rename it or move it elsewhere."
        )
        raise DropFolderError(msg)

    def _describe(self) -> dict[str, Any]:
        described: dict[str, Any] = super()._describe()
        return described | {"as_of": str(self._as_of) if self._as_of else None}

    def save(self, data: dict[str, Any]) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: drops are delivered by the company.

        Raises:
            DatasetError: Always.
        """
        msg = f"The folder of drops {self._path} is delivered and is never written."
        raise DatasetError(msg)


def _as_date(text: str) -> date:
    day = _parse_date(text)
    if day is None:
        msg = f"as_of={text} is not a date; write it as YYYY-MM-DD, such as 2024-01-08."
        raise DropFolderError(msg)
    return day


def _parse_date(text: str) -> date | None:
    """Return the day, or ``None`` if the text is no day of the calendar."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
