"""Tables that are written in pieces, whole or not at all."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError, get_protocol_and_path
from kedro_datasets._typing import TablePreview
from pyarrow import parquet

from rental_pricing.datasets.drop_folder import expanded
from rental_pricing.datasets.files import presentable
from rental_pricing.datasets.whole import replaced_file
from rental_pricing.errors import UserInputError
from rental_pricing.inference.streams import TableStream, csv_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

_PARQUET, _CSV, _GZIP = ".parquet", ".csv", ".csv.gz"


class StreamError(UserInputError, DatasetError):
    """A table could not be made, because of what it is made from."""


class TableFileDataset(AbstractDataset[Any, Any]):
    """What datasets of one table that is written in pieces have in common."""

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the file.

        Args:
            filepath: A path or any fsspec address.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.
        """
        self._filepath = expanded(str(filepath))
        self._protocol, self._path = get_protocol_and_path(self._filepath)
        self._credentials = credentials or {}
        self._filesystem = fsspec.filesystem(self._protocol, **self._credentials)
        self.metadata = metadata

    def _require_place(self) -> None:
        """Refuse a file that could not be written.

        Raises:
            StreamError: Its name ends otherwise, or a folder is in its place.
        """
        if not self._path.endswith((_PARQUET, _CSV, _GZIP)):
            msg = f"{self._filepath} must end in {_PARQUET}, {_CSV} or {_GZIP}. Name it so."
            raise StreamError(msg)
        if self._filesystem.isdir(self._path):
            msg = f"{self._filepath} is a folder. Name a file: its end is its format."
            raise StreamError(msg)

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows for kedro-viz."""
        with self._filesystem.open(self._path, "rb") as file:
            if self._ending == _PARQUET:
                batches = parquet.ParquetFile(file).iter_batches(nrows)
                first = next(batches, None)
                return presentable(self._read(file) if first is None else first.to_pandas())
            return presentable(self._read(file, nrows=nrows))

    def _read(self, file: Any, nrows: int | None = None) -> pd.DataFrame:
        if self._ending == _PARQUET:
            return pd.read_parquet(file)
        packed: Any = "gzip" if self._ending == _GZIP else None
        return pd.read_csv(file, nrows=nrows, dtype={"model": "str"}, compression=packed)

    @property
    def _ending(self) -> str:
        return next(each for each in (_GZIP, _CSV, _PARQUET) if self._path.endswith(each))

    @contextmanager
    def _saving(self) -> Iterator[Path]:
        """Give the file to write to; what can't be used is told, and the old file stays."""
        self._require_place()
        try:
            with self._replaced() as file:
                yield file
        except DatasetError:
            raise
        except UserInputError as error:
            raise StreamError(str(error)) from error

    @contextmanager
    def _replaced(self) -> Iterator[Path]:
        if self._protocol == "file":
            with replaced_file(self._path) as beside:
                yield beside
            return
        with tempfile.TemporaryDirectory() as folder:
            beside = Path(folder, "table")
            yield beside
            self._filesystem.put_file(str(beside), self._path)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}

    def _exists(self) -> bool:
        return bool(self._filesystem.exists(self._path))


class TableStreamDataset(TableFileDataset):
    """A table in Parquet (a row group a piece), CSV or gzipped CSV, as its name ends.

    Saving takes a :class:`rental_pricing.inference.streams.TableStream` and holds one piece
    in memory at a time; loading gives all of it as a pandas table. Equal streams are equal
    bytes. In CSV, dates are YYYY-MM-DD.

    Example of a catalog entry:

    .. code-block:: yaml

        price_estimates:
          type: rental_pricing.datasets.table_stream.TableStreamDataset
          filepath: ${market_folder:}/07_model_output/price_estimates.parquet
    """

    def check(self) -> None:
        """Refuse at the start of a run a file that could not be written.

        Raises:
            StreamError: Its name ends otherwise, or a folder is in its place.
        """
        self._require_place()

    def save(self, data: TableStream) -> None:
        """Write the table piece by piece; the file is replaced when all is there.

        Raises:
            StreamError: What the table is made from can't be used; the file stays.
        """
        with self._saving() as file:
            _WRITERS[self._ending](data, file)

    def load(self) -> pd.DataFrame:
        """Return the whole table."""
        with self._filesystem.open(self._path, "rb") as file:
            return self._read(file)


def _write_parquet(stream: TableStream, file: Path) -> None:
    with parquet.ParquetWriter(file, stream.schema, compression="zstd") as writer:
        for piece in stream:
            writer.write_table(piece)


def _write_csv(stream: TableStream, file: Path) -> None:
    with file.open("wb") as target:
        target.writelines(csv_blocks(stream))


def _write_gzip(stream: TableStream, file: Path) -> None:
    # Without name and time: equal tables are equal bytes.
    with file.open("wb") as target, gzip.GzipFile("", "wb", 6, target, mtime=0) as packed:
        packed.writelines(csv_blocks(stream))


_WRITERS: dict[str, Callable[[TableStream, Path], None]] = {
    _PARQUET: _write_parquet,
    _CSV: _write_csv,
    _GZIP: _write_gzip,
}
