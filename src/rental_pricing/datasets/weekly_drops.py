"""The folder of weekly drops, as a partitioned dataset."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError
from kedro_datasets._typing import HTMLPreview
from kedro_datasets.partitions import PartitionedDataset

from rental_pricing.datasets.drop_folder import (
    DropFolderError,
    expanded,
    list_drops,
    told,
)
from rental_pricing.datasets.files import page
from rental_pricing.errors import UserInputError
from rental_pricing.listings.pieces import parse_drop_pieces
from rental_pricing.listings.window import as_date

SOURCE_NOTE = "SOURCE.md"
"""May stand beside the drops and say where they come from."""


_BLOCK = 16 << 20  # bytes of text that are read at once: most drops whole


class DropDataset(AbstractDataset[None, Iterator[pa.Table]]):
    """One drop: a CSV file, gzipped or not, read piece by piece as text with line numbers.

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

    def load(self) -> Iterator[pa.Table]:
        """Read the drop piece by piece.

        Yields:
            As :func:`rental_pricing.listings.drops.parse_drop` reads it, some rows at a time.

        Raises:
            DropFolderError: If the file can't be read as a drop.
        """
        with (
            _clear_errors(self._filepath),
            fsspec.open(self._filepath, "rb", compression="infer", **self._credentials) as file,
        ):
            blocks = iter(partial(file.read, _BLOCK), b"")
            yield from parse_drop_pieces(blocks, self._filepath)

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: drops are delivered by the company.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self._filepath} is a delivered drop and is never written."
        raise DatasetError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


@contextmanager
def _clear_errors(path: str) -> Iterator[None]:
    """Say what is wrong with a drop in one way, whatever library finds it."""
    try:
        yield
    except UserInputError as error:
        raise DropFolderError(str(error)) from error
    except PermissionError as error:
        msg = f"{path} must not be read by this user. Give the right to read it."
        raise DropFolderError(msg) from error
    except (EOFError, zlib.error, OSError) as error:
        what = told(error) if isinstance(error, OSError) else "the archive is damaged or cut"
        msg = f"{path} can't be read ({what}). Deliver the file again, complete."
        raise DropFolderError(msg) from error


class WeeklyDropsDataset(PartitionedDataset):
    """A folder with one file a week, ``YYYY-MM-DD.csv`` or ``YYYY-MM-DD.csv.gz``.

    Loading gives ``{file name: callable}``, oldest first, up to ``as_of``; each callable
    reads its drop. Hidden files and ``SOURCE.md`` are passed over; anything else in the
    folder is an error, since a delivery must not be ignored in silence.

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
        """Remember the folder; nothing is looked at, so that errors are told by ``load``.

        Args:
            path: The folder: a path or any fsspec address, such as ``s3://bucket/drops``.
            as_of: Last date of delivery to read, ``YYYY-MM-DD``; all drops if left out.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.
        """
        self._unusable: Exception | None = None
        self._as_of = as_of
        try:
            super().__init__(
                path=expanded(str(path)),
                dataset=DropDataset,
                credentials=credentials,
                metadata=metadata,
            )
        except (ValueError, ImportError, OSError) as error:  # such as an unknown protocol
            self._unusable = error

    def load(self) -> dict[str, Callable[[], Iterator[pa.Table]]]:
        """List the drops.

        Raises:
            DropFolderError: If ``as_of`` is no date, or the folder is missing, can't be
                read, is empty, has something that is no drop, two files for one date, or
                no drop up to ``as_of``.
        """
        last = self._last()
        if self._unusable is not None:
            msg = f"The folder of drops {self._path} can't be read: {told(self._unusable)}."
            raise DropFolderError(msg)
        self._invalidate_caches()
        drops = list_drops(self._filesystem, self._path, {SOURCE_NOTE})
        wanted = {day: path for day, path in drops.items() if last is None or day <= last}
        if not wanted:
            msg = (
                f"The folder of drops {self._path} has no drop up to {last}; the first "
                f"one is of {min(drops)}. Choose a later as_of."
            )
            raise DropFolderError(msg)
        return {
            path.rsplit("/", 1)[-1]: self._drop(path).load for _, path in sorted(wanted.items())
        }

    def digest(self, file: str) -> str:
        """Return the BLAKE2b digest of a drop's bytes, 32 hexadecimal digits.

        Args:
            file: Its name, as ``load`` gives it.

        Raises:
            DropFolderError: If it can't be read.
        """
        try:
            with self._filesystem.open(f"{self._path.rstrip('/')}/{file}", "rb") as opened:
                return hashlib.file_digest(opened, partial(blake2b, digest_size=16)).hexdigest()
        except OSError as error:
            msg = f"{self._path}/{file} can't be read ({told(error)})."
            raise DropFolderError(msg) from error

    def check(self) -> None:
        """Refuse at the start of a run what could not be used later; no drop is read.

        Raises:
            DropFolderError: As ``load``.
        """
        self.load()

    def _last(self) -> date | None:
        try:
            return as_date(self._as_of)
        except UserInputError as error:
            raise DropFolderError(str(error)) from error

    def _drop(self, path: str) -> DropDataset:
        return DropDataset(filepath=self._join_protocol(path), credentials=self._credentials)

    def _describe(self) -> dict[str, Any]:
        return {"path": self._path, "as_of": None if self._as_of is None else str(self._as_of)}

    def __repr__(self) -> str:
        """Name the folder, whatever is wrong with it."""
        return f"{type(self).__name__}({self._path})"

    def save(self, data: dict[str, Any]) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: drops are delivered by the company.

        Raises:
            DatasetError: Always.
        """
        msg = f"The folder of drops {self._path} is delivered and is never written."
        raise DatasetError(msg)


class SourceNoteDataset(AbstractDataset[None, str | None]):
    """Where the drops come from, in words: ``None`` where the file does not exist."""

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the file.

        Args:
            filepath: Path or any fsspec address of a text in UTF-8.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.
        """
        self._filepath = expanded(str(filepath))
        self._credentials = credentials or {}
        self.metadata = metadata

    def load(self) -> str | None:
        """Read the note, if it is there and the folder can be reached.

        Raises:
            DropFolderError: If it is there but can't be read as a text in UTF-8.
        """
        try:
            with fsspec.open(self._filepath, "rb", **self._credentials) as file:
                content: bytes = file.read()
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            what = f"byte 0x{content[error.start]:02x} in line {line} is not UTF-8"
        except IsADirectoryError:
            what = "it is a folder"
        except PermissionError:
            if not os.access(Path(self._filepath).parent, os.R_OK | os.X_OK):
                return None
            what = "this user must not read it"
        except Exception:  # noqa: BLE001 - what is wrong with the folder, its own dataset tells
            return None
        msg = (
            f"{self._filepath} can't be read: {what}. Write it as a text in UTF-8, or take it away."
        )
        raise DropFolderError(msg)

    def check(self) -> None:
        """Refuse at the start of a run what could not be used later.

        Raises:
            DropFolderError: As ``load``.
        """
        self.load()

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: who delivers the drops writes it.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self._filepath} is delivered and is never written."
        raise DatasetError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}

    def preview(self) -> HTMLPreview:
        """Return the note for kedro-viz."""
        return page(self.load() or "No note lies beside the drops.")

    def _exists(self) -> bool:
        return self.load() is not None
