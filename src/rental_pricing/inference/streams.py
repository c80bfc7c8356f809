"""A table that is made in pieces, as it is written."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd


@dataclass(frozen=True)
class TableStream:
    """A table of any length, in pieces of one schema; it can be gone through again.

    Attributes:
        schema: Names and types of its columns.
        make: Makes the pieces, anew at each call.
    """

    schema: pa.Schema
    make: Callable[[], Iterable[pd.DataFrame]]

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the pieces."""
        for piece in self.make():
            yield pa.Table.from_pandas(piece, self.schema, preserve_index=False)


def csv_blocks(stream: TableStream) -> Iterator[bytes]:
    """Yield a table as CSV: the header, then a block for each piece. Dates are YYYY-MM-DD."""
    fields = [
        pa.field(each.name, pa.date32() if pa.types.is_timestamp(each.type) else each.type)
        for each in stream.schema
    ]
    schema = pa.schema(fields)
    options = csv.WriteOptions(quoting_style="needed")
    buffer = io.BytesIO()
    with csv.CSVWriter(buffer, schema, write_options=options) as writer:
        yield _taken(buffer)
        for piece in stream:
            writer.write_table(piece.cast(schema))
            yield _taken(buffer)


def _taken(buffer: io.BytesIO) -> bytes:
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content
