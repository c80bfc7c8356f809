"""Tables that are written and read piece by piece, and saved whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from rental_pricing.datasets.table_stream import TableFileDataset
from rental_pricing.engine.pieces import ROWS, Pieces, joined

if TYPE_CHECKING:
    from pathlib import Path


class TablePiecesDataset(TableFileDataset):
    """A table in Parquet, a row group a piece.

    Loading gives :class:`rental_pricing.engine.pieces.Pieces`, which go through the table piece
    by piece, or load it ``whole()``. Saving takes such pieces, or a table, and holds two pieces
    in memory. Equal tables are equal bytes, in whatever pieces they come; one of a single piece
    is written as kedro-datasets writes it.

    Example of a catalog entry:

    .. code-block:: yaml

        listings:
          type: rental_pricing.datasets.table_pieces.TablePiecesDataset
          filepath: ${market_folder:}/03_primary/listings.parquet
    """

    def save(self, data: Pieces | pd.DataFrame) -> None:
        """Write the table piece by piece; the file is replaced when all is there.

        Raises:
            StreamError: What the table is made from can't be used; the file stays.
        """
        with self._saving() as file:
            _write(Pieces.of(data), file)

    def load(self) -> Pieces:
        """Return what loads the pieces; nothing is read but how many there are."""
        with self._filesystem.open(self._path, "rb") as file:
            count = parquet.read_metadata(file).num_row_groups
        return Pieces(
            [TablePiece(self._filepath, each, self._credentials) for each in range(count)]
        )


@dataclass(frozen=True)
class TablePiece:
    """Loads a piece of a table, or some of its columns.

    Attributes:
        filepath: A path or any fsspec address.
        number: Of the row group.
        credentials: Options of the fsspec filesystem.
    """

    filepath: str
    number: int
    credentials: dict[str, Any] = field(repr=False)

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows, numbered from 0."""
        names = None if columns is None else list(columns)
        with fsspec.open(self.filepath, "rb", **self.credentials) as file:
            table = parquet.ParquetFile(file).read_row_group(self.number, names)
        frame: pd.DataFrame = (table if names is None else table.select(names)).to_pandas()
        return frame


def _write(pieces: Pieces, file: Path) -> None:
    groups = _groups(pieces)
    first, second = next(groups), next(groups, None)
    schema = pa.Schema.from_pandas(first, preserve_index=None if second is None else False)
    if second is not None:
        schema = pa.schema([_wide(each) for each in schema], schema.metadata)
    with parquet.ParquetWriter(file, schema) as writer:
        for group in chain([first] if second is None else [first, second], groups):
            table = pa.Table.from_pandas(group, preserve_index=False)
            writer.write_table(table.cast(schema), row_group_size=max(len(group), 1))


def _groups(pieces: Pieces) -> Iterator[pd.DataFrame]:
    """Put small pieces together: how a table was made must not show in its bytes."""
    waiting: list[pd.DataFrame] = []
    for piece in pieces:
        if waiting and sum(map(len, waiting)) + len(piece) > ROWS:
            yield joined(waiting)
            waiting = []
        waiting.append(piece)
    yield joined(waiting)


def _wide(column: pa.Field) -> pa.Field:
    """Make room for the categories of the other pieces."""
    if not pa.types.is_dictionary(column.type):
        return column
    return column.with_type(pa.dictionary(pa.int32(), column.type.value_type))
