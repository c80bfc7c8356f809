"""Facts about a file's content that cost little: rows, columns, types."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST_TABLE = 50_000_000
"""Bytes of the largest CSV file that is read for its rows and types."""

_NAMED = 3

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


MOST_METRICS = 200
"""Numbers of one file that go to a run's summary; a file with more is data, not metrics."""


@dataclass(frozen=True)
class Metrics:
    """The numbers of a JSON file, by name; those of objects inside it with dots.

    Attributes:
        numbers: Finite, by name.
        left_out: Names of what is no number, nor a text or null that describes some.
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """What is not in the summary, in words; empty if everything is.

        >>> Metrics({"mae": 30.5}, ("drops",)).remark
        'not in the summary: drops'
        """
        if not self.left_out:
            return ""
        more = len(self.left_out) - _NAMED
        names = ", ".join(self.left_out[:_NAMED])
        return f"not in the summary: {names}" + (f" and {more} more" if more > 0 else "")


def metrics_of(file: Path) -> Metrics:
    """Return the numbers of a JSON file that holds metrics.

    A file without any number, or that is no object, has none, and nothing is left out of it.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        leaves = dict(_leaves(content, "")) if isinstance(content, dict) else {}
    except (OSError, ValueError, RecursionError):
        return Metrics()
    numbers = {name: float(value) for name, value in leaves.items() if _is_number(value)}
    if len(numbers) > MOST_METRICS:
        return Metrics({}, (f"all of its {len(numbers)} numbers",))
    others = (name for name, value in leaves.items() if name not in numbers
              and not (value is None or isinstance(value, str)))  # fmt: skip
    return Metrics(numbers, tuple(others)) if numbers else Metrics()


def _leaves(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False
