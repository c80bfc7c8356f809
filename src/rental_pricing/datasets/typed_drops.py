"""The typed drops: one Parquet file a drop, saved whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview
from kedro_datasets.pandas import ParquetDataset
from kedro_datasets.partitions import PartitionedDataset
from pyarrow import parquet

from rental_pricing.datasets.drop_folder import DropFolderError
from rental_pricing.datasets.files import first_rows
from rental_pricing.datasets.whole import mend_folder, replaced_folder
from rental_pricing.errors import UserInputError
from rental_pricing.listings.arrow import to_frame
from rental_pricing.listings.ingest import FILE, MISSING_HOST_NAME
from rental_pricing.listings.selection import LoadDrop

_SUFFIX = ".parquet"


class TypedDropsDataset(PartitionedDataset):
    """A folder with one Parquet file a drop: every raw row, typed, with its reason.

    Loading gives ``{"YYYY-MM-DD": load}`` in the order of dates; ``load(columns=None)``
    reads that drop, or some of its columns, as a pandas table. Its ``attrs`` name the
    ``file`` and count ``missing_host_name``. Saving takes ``{"YYYY-MM-DD": make}``, calls
    one after the other, and replaces the folder when all are there.

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
            path=path, dataset=ParquetDataset, filename_suffix=_SUFFIX, metadata=metadata
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
        return {file.stem: partial(_read, file) for file in files}

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows of the newest drop for kedro-viz."""
        return first_rows(Path(self._path) / f"{max(self.load())}{_SUFFIX}", nrows)

    def check(self) -> None:
        """Refuse at the start of a run what could not be used later.

        Raises:
            DatasetError: As ``load``.
        """
        self.load()

    def save(self, data: Mapping[str, Callable[[], pa.Table]]) -> None:
        """Write the drops one by one; the folder changes when all are written.

        Raises:
            DropFolderError: If a drop can't be used; the folder stays as it was.
        """
        try:
            with replaced_folder(self._path) as folder:
                for day, make in data.items():
                    parquet.write_table(make(), folder / f"{day}{_SUFFIX}")
        except DatasetError:
            raise
        except UserInputError as error:
            raise DropFolderError(str(error)) from error
        self._invalidate_caches()


def _read(file: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    table = parquet.read_table(file, columns=None if columns is None else list(columns))
    frame = to_frame(table)
    told = table.schema.metadata
    frame.attrs = {
        FILE: told[FILE.encode()].decode(),
        MISSING_HOST_NAME: int(told[MISSING_HOST_NAME.encode()]),
    }
    return frame
