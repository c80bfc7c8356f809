"""The typed drops: one Parquet file a drop, saved whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview
from kedro_datasets.partitions import PartitionedDataset
from pyarrow import parquet

from rental_pricing.datasets.drop_folder import DropFolderError
from rental_pricing.datasets.files import first_rows
from rental_pricing.datasets.whole import mend_folder, replaced_folder
from rental_pricing.engine.pieces import ROWS
from rental_pricing.errors import UserInputError
from rental_pricing.listings.arrow import to_frame, typed_schema
from rental_pricing.listings.ingest import (
    FILE,
    MISSING_HOST_NAME,
    DropsToType,
    DropToType,
    Findings,
)
from rental_pricing.listings.selection import LoadDrop

_SUFFIX = ".parquet"


class TypedDropsDataset(PartitionedDataset):
    """A folder with one Parquet file a drop: every raw row, typed, with its reason.

    Loading gives ``{"YYYY-MM-DD": load}`` in the order of dates; ``load(columns=None)``
    reads that drop, or some of its columns, as a pandas table, and ``load.pieces`` are what
    reads it piece by piece. Its ``attrs`` name the ``file`` and count ``missing_host_name``.
    Saving takes :class:`rental_pricing.listings.ingest.DropsToType`: each drop is typed and
    written piece by piece, a row group each, where its engine works, so that the folder must be
    one of all its machines. It is replaced when all are there.

    Example of a catalog entry:

    .. code-block:: yaml

        typed_drops:
          type: rental_pricing.datasets.typed_drops.TypedDropsDataset
          path: data/02_intermediate/typed_drops
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the folder.

        Args:
            path: A folder of this machine.
            metadata: For Kedro plugins.
        """
        super().__init__(
            path=path,
            dataset="pandas.ParquetDataset",
            filename_suffix=_SUFFIX,
            metadata=metadata,
        )

    def load(self) -> dict[str, LoadDrop]:
        """List the drops.

        Raises:
            DatasetError: If there are none.
        """
        mend_folder(self._path)
        files = sorted(Path(self._path).glob(f"[!.]*{_SUFFIX}"))
        if not files:
            msg = (
                f"{self._path} holds no typed drops. "
                f"Process the drops first: kedro run --pipelines data_processing"
            )
            raise DatasetError(msg)
        return {file.stem: TypedDropFile(file) for file in files}

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows of the newest drop for kedro-viz."""
        return first_rows(Path(self._path) / f"{max(self.load())}{_SUFFIX}", nrows)

    def check(self) -> None:
        """Refuse at the start of a run what could not be used later.

        Raises:
            DatasetError: As ``load``.
        """
        self.load()

    def save(self, data: DropsToType) -> None:
        """Write the drops; the folder changes when all are written.

        Raises:
            DropFolderError: If a drop can't be used; the folder stays as it was.
        """
        try:
            with replaced_folder(self._path) as folder:
                data.write(partial(_write, folder))
        except DatasetError:
            raise
        except UserInputError as error:
            raise DropFolderError(str(error)) from error
        self._invalidate_caches()


@dataclass(frozen=True)
class TypedDropFile:
    """Loads a typed drop, or some of its columns.

    Attributes:
        file: Its place.
    """

    file: Path

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows in the order of the drop."""
        return _read(parquet.ParquetFile(self.file), None, columns)

    @property
    def pieces(self) -> list[TypedDropPiece]:
        """What loads it piece by piece."""
        told = parquet.read_metadata(self.file)
        found, start = [], 0
        for number in range(told.num_row_groups):
            stop = start + told.row_group(number).num_rows
            found.append(TypedDropPiece(self.file, number, slice(start, stop)))
            start = stop
        return found


@dataclass(frozen=True)
class TypedDropPiece:
    """Loads a piece of a typed drop, or some of its columns.

    Attributes:
        file: Place of the drop.
        number: Of the row group.
        rows: Which rows of the drop these are.
    """

    file: Path
    number: int
    rows: slice

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows in the order of the drop."""
        return _read(parquet.ParquetFile(self.file), self.number, columns)


def _read(
    opened: parquet.ParquetFile, number: int | None, columns: Sequence[str] | None
) -> pd.DataFrame:
    names = None if columns is None else list(columns)
    with opened as file:
        told = file.metadata.metadata
        table = file.read(names) if number is None else file.read_row_group(number, names)
    frame = to_frame(table if names is None else table.select(names))
    frame.attrs = {
        FILE: told[FILE.encode()].decode(),
        MISSING_HOST_NAME: int(told[MISSING_HOST_NAME.encode()]),
    }
    return frame


def _row_groups(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Put pieces together: where a drop was cut must not show."""
    waiting: list[pa.Table] = []
    for piece in pieces:
        waiting.append(piece)
        while sum(each.num_rows for each in waiting) >= ROWS:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, ROWS)
            waiting = [whole.slice(ROWS)]
    if sum(each.num_rows for each in waiting):
        yield pa.concat_tables(waiting)


def _write(folder: Path, named: tuple[str, DropToType]) -> Findings:
    """Write a drop whole: an engine may begin it again, and even write it twice at a time."""
    day, drop = named
    findings = Findings(drop.file)
    beside = folder / f".{day}.{secrets.token_hex(4)}"
    try:
        with parquet.ParquetWriter(beside, typed_schema()) as writer:
            for group in _row_groups(drop.pieces(findings)):
                writer.write_table(group, row_group_size=max(group.num_rows, 1))
            writer.add_key_value_metadata(findings.told)
        beside.replace(folder / f"{day}{_SUFFIX}")
    finally:
        beside.unlink(missing_ok=True)
    return findings
