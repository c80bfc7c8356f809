"""Rows, columns and types of a file that is a table, as pyarrow tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

LARGEST_TABLE = 50_000_000
"""Bytes of the largest CSV file, unpacked, that is read for its rows and types."""


def file_facts(file: Path) -> dict[str, Any]:
    """Return the rows of a table, and Arrow's type of each column by its name.

    Args:
        file: Parquet, CSV or packed CSV.

    Returns:
        ``rows`` and ``columns``; nothing if it is no table after all, or a very large CSV.
    """
    try:
        if file.suffix in {".parquet", ".pq"}:
            footer = pq.ParquetFile(file)
            return _told(footer.metadata.num_rows, footer.schema_arrow)
        return _csv_facts(file)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return {}  # its bytes are logged all the same


def _csv_facts(file: Path) -> dict[str, Any]:
    if file.stat().st_size > LARGEST_TABLE:
        return {}
    with pa.input_stream(str(file)) as stream:  # unpacks what its name says is packed
        content = stream.read(LARGEST_TABLE + 1)
    if len(content) > LARGEST_TABLE:
        return {}
    options = csv.ParseOptions(newlines_in_values=True)
    table = csv.read_csv(pa.BufferReader(content), parse_options=options)
    return _told(table.num_rows, table.schema)


def _told(rows: int, schema: Any) -> dict[str, Any]:
    return {"rows": rows, "columns": {field.name: str(field.type) for field in schema}}
