"""Listings to be priced: a file or a folder of files, read in pieces."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import fsspec
import pyarrow as pa
from fsspec.core import url_to_fs
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError
from pyarrow import parquet

from rental_pricing.datasets.drop_folder import expanded, told
from rental_pricing.errors import UserInputError, cut
from rental_pricing.inference.incoming import (
    Incoming,
    IncomingFile,
    choose_columns,
    number_rows,
)
from rental_pricing.listings.dates import parse_date
from rental_pricing.listings.pieces import parse_pieces
from rental_pricing.listings.window import as_date

CSV, PARQUET = (".csv", ".csv.gz"), (".parquet", ".pq")
PASSED_OVER = "SOURCE.md"
"""May stand in a folder of listings; so may hidden files."""

_BLOCK = 4 << 20  # bytes of text that are read at once
_ROWS = 1 << 15  # rows of Parquet that are read at once
_BUFFER = 1 << 20  # bytes of a column of Parquet; by default whole row groups are held
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ANOTHER = "Name another one: --params to_price=FILE_OR_FOLDER"


class ListingsToPriceError(UserInputError, DatasetError):
    """A file of listings to price is not there, or can't be read."""


class ListingsToPriceDataset(AbstractDataset[None, Incoming]):
    """Listings in CSV, gzipped CSV or Parquet: a file, or a folder of such files.

    Loading gives :class:`rental_pricing.inference.incoming.Incoming`, which reads piece by
    piece: memory does not depend on the size of the files, but for eight bytes a listing, to
    know an id again. A file whose name begins with a date (YYYY-MM-DD) was delivered on it,
    unless its listings have dates of their own. Read-only.

    Example of a catalog entry:

    .. code-block:: yaml

        listings_to_price:
          type: rental_pricing.datasets.listings_to_price.ListingsToPriceDataset
          filepath: ${runtime_params:to_price,data/03_primary/listings.parquet}
          as_of: ${runtime_params:as_of,null}
    """

    def __init__(
        self,
        *,
        filepath: str,
        as_of: str | date | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the place; nothing is looked at, so that errors are told by ``load``.

        Args:
            filepath: A file or folder: a path or any fsspec address.
            as_of: Date of delivery where neither listings nor file tell one, YYYY-MM-DD.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.
        """
        self._filepath = expanded(str(filepath))
        self._as_of = as_of
        self._credentials = credentials or {}
        self.metadata = metadata

    def load(self) -> Incoming:
        """List the files; they are read when the listings are gone through.

        Raises:
            ListingsToPriceError: There is no such file or folder, or something else in it.
        """
        with _clear_errors(self._filepath):
            default = as_date(self._as_of)
            return Incoming([self._file(path, default) for path in self._paths()])

    def check(self) -> None:
        """Refuse at the start of a run what can be seen in the first piece of each file.

        Raises:
            ListingsToPriceError: As ``load``; or a file lacks a column, or its first rows
                can't be read, have no id, or the same.
        """
        for file in self.load().files:
            with _clear_errors(file.name):
                next(iter(Incoming([file])), None)

    def _paths(self) -> list[str]:
        filesystem, root = url_to_fs(self._filepath, **self._credentials)
        if not filesystem.exists(root):
            msg = f"{self._filepath} is not there. {_ANOTHER}, or make the stock: kedro run"
            raise ListingsToPriceError(msg)
        if filesystem.isfile(root):
            return [self._filepath]
        names = []
        for entry in filesystem.ls(root, detail=True):
            name = str(entry["name"]).rstrip("/").rsplit("/", 1)[-1]
            if name.startswith(".") or name == PASSED_OVER or entry["name"].rstrip("/") == root:
                continue
            if entry["type"] == "directory":
                msg = f"{self._filepath} has a folder in it: {cut(name)}. Move it elsewhere."
                raise ListingsToPriceError(msg)
            names.append(name)
        if not names:
            msg = f"The folder {self._filepath} has no listings to price. {_ANOTHER}"
            raise ListingsToPriceError(msg)
        return [f"{self._filepath.rstrip('/')}/{name}" for name in sorted(names)]

    def _file(self, path: str, default: date | None) -> IncomingFile:
        name = path.rsplit("/", 1)[-1]
        match = _DATE.match(name)
        day = (parse_date(match[0]) if match else None) or default
        if name.endswith(CSV):
            return IncomingFile(path, day, partial(self._csv, path))
        if name.endswith(PARQUET):
            return IncomingFile(path, day, partial(self._parquet, path), unit="row")
        known = ", ".join([*CSV, *PARQUET])
        msg = f"{path} can't be read: its name must end in {known}. Rename or move it."
        raise ListingsToPriceError(msg)

    def _csv(self, path: str) -> Iterator[pa.Table]:
        with (
            _clear_errors(path),
            fsspec.open(path, "rb", compression="infer", **self._credentials) as file,
        ):
            blocks = iter(partial(file.read, _BLOCK), b"")
            yield from parse_pieces(blocks, path, partial(choose_columns, name=path))

    def _parquet(self, path: str) -> Iterator[pa.Table]:
        with _clear_errors(path), fsspec.open(path, "rb", **self._credentials) as file:
            table = parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            columns = choose_columns(table.schema_arrow.names, path, "")
            batches = table.iter_batches(_ROWS, columns=columns, use_threads=False)
            yield from number_rows(pa.Table.from_batches([each]) for each in batches)

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: another place decides what is to be priced.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self._filepath} is to be priced and is never written."
        raise DatasetError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}

    def _exists(self) -> bool:
        filesystem, root = url_to_fs(self._filepath, **self._credentials)
        return bool(filesystem.exists(root))


@contextmanager
def _clear_errors(path: str) -> Iterator[None]:
    """Say what is wrong with a file in one way, whatever library finds it."""
    try:
        yield
    except DatasetError:
        raise
    except UserInputError as error:
        raise ListingsToPriceError(str(error)) from error
    except PermissionError as error:
        msg = f"{path} must not be read by this user. Give the right to read it."
        raise ListingsToPriceError(msg) from error
    except (EOFError, zlib.error, pa.ArrowException) as error:
        msg = f"{path} can't be read: it is damaged or cut. Bring it again, complete."
        raise ListingsToPriceError(msg) from error
    except (OSError, ImportError, ValueError) as error:
        msg = f"{path} can't be read: {told(error)}. {_ANOTHER}"
        raise ListingsToPriceError(msg) from error
