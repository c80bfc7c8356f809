"""Facts about a file's content that cost little: rows, columns, types."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LARGEST_TABLE = 50_000_000
"""Bytes of the largest CSV file that is read for its rows and types."""

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
"""Files that W&B shows as images."""


def table_facts(files: Iterable[Path]) -> dict[str, Any]:
    """Return rows, columns and types of a table that is in one file or several alike.

    Args:
        files: Parquet, CSV or gzipped CSV files; others have no such facts.

    Returns:
        ``rows`` and ``columns`` (Arrow's type by name), or nothing.
    """
    found = [_facts(file) for file in files]
    if not found or not all(found):
        return {}
    columns = found[0]["columns"]
    facts: dict[str, Any] = {"rows": sum(each["rows"] for each in found)}
    return facts | {"columns": columns} if all(f["columns"] == columns for f in found) else facts


def _facts(file: Path) -> dict[str, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional, and slow to import
    except ImportError:
        return {}
    try:
        if file.suffix in {".parquet", ".pq"}:
            return _parquet_facts(file)
        if ".csv" in file.suffixes[-2:] and file.stat().st_size <= LARGEST_TABLE:
            return _csv_facts(file)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return {}  # no such table after all: its bytes are logged all the same
    return {}


def _parquet_facts(file: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - optional, and slow to import

    footer = pq.ParquetFile(file)
    return _told(footer.metadata.num_rows, footer.schema_arrow)


def _csv_facts(file: Path) -> dict[str, Any]:
    from pyarrow import csv  # noqa: PLC0415 - optional, and slow to import

    table = csv.read_csv(file, parse_options=csv.ParseOptions(newlines_in_values=True))
    return _told(table.num_rows, table.schema)


def _told(rows: int, schema: Any) -> dict[str, Any]:
    return {"rows": rows, "columns": {field.name: str(field.type) for field in schema}}


def flat_numbers(file: Path) -> dict[str, float]:
    """Return the numbers of a JSON file that is one flat object of numbers.

    Texts and nulls may stand beside them, such as the name of what was measured.

    Returns:
        Number by name; nothing if the file holds anything else.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    numbers = {name: float(value) for name, value in content.items() if _is_number(value)}
    others = [value for name, value in content.items() if name not in numbers]
    return numbers if all(value is None or isinstance(value, str) for value in others) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
