"""Rows, columns and types of a file that is a table, as pyarrow tells them."""

from __future__ import annotations

from collections.abc import Callable
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


def read_columns(
    file: Path, wanted: Callable[[str], bool], most: int
) -> tuple[dict[str, list[Any]], int] | None:
    """Return some columns of a table's first rows, as Python's own values.

    Args:
        file: Parquet, CSV or packed CSV.
        wanted: Tells which columns, by their names.
        most: How many rows.

    Returns:
        The columns by name, and how many rows there are in all; ``None`` if it is no table, or
        a very large CSV.
    """
    try:
        if file.suffix in {".parquet", ".pq"}:
            parquet = pq.ParquetFile(file)
            names = [name for name in parquet.schema_arrow.names if wanted(name)]
            return _first_rows(parquet, names, most), parquet.metadata.num_rows
        table = _csv_table(file)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None
    if table is None:
        return None
    names = [name for name in table.column_names if wanted(name)]
    return table.select(names).slice(0, most).to_pydict(), table.num_rows


def _first_rows(parquet: Any, names: list[str], most: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in names}
    left = most
    for batch in parquet.iter_batches(batch_size=most, columns=names):  # none spans two groups
        for name, values in batch.slice(0, left).to_pydict().items():
            found[name] += values
        left -= min(left, batch.num_rows)
        if not left:
            break
    return found


def _csv_facts(file: Path) -> dict[str, Any]:
    table = _csv_table(file)
    return {} if table is None else _told(table.num_rows, table.schema)


def _csv_table(file: Path) -> Any:
    if file.stat().st_size > LARGEST_TABLE:
        return None
    with pa.input_stream(str(file)) as stream:  # unpacks what its name says is packed
        content = stream.read(LARGEST_TABLE + 1)
    if len(content) > LARGEST_TABLE:
        return None
    options = csv.ParseOptions(newlines_in_values=True)
    return csv.read_csv(pa.BufferReader(content), parse_options=options)


def _told(rows: int, schema: Any) -> dict[str, Any]:
    return {"rows": rows, "columns": {field.name: str(field.type) for field in schema}}
