"""Facts about a file's content that cost little: rows, columns, types, metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kedro_wandb.stores.base import Progress

LARGEST_METRICS = 1_000_000
"""Bytes of the largest JSON file that is read for metrics."""

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
"""Files that W&B shows as images."""

_TABLES = (".parquet", ".pq", ".csv")


def table_facts(files: Iterable[Path], tick: Progress | None = None) -> dict[str, Any]:
    """Return rows, columns and types of a table that is in one file or several alike.

    Args:
        files: Parquet, CSV or gzipped CSV files; others have no such facts.
        tick: Called with 0 after each file, as a sign of life.

    Returns:
        ``rows`` and ``columns`` (Arrow's type by name), or nothing.
    """
    found = []
    for file in files:
        facts = _facts(file)
        if not facts:
            return {}
        found.append(facts)
        if tick is not None:
            tick(0)
    if not found:
        return {}
    columns, rows = found[0]["columns"], sum(each["rows"] for each in found)
    is_one_table = all(each["columns"] == columns for each in found)
    return {"rows": rows} | ({"columns": columns} if is_one_table else {})


def _facts(file: Path) -> dict[str, Any]:
    if not any(suffix in _TABLES for suffix in file.suffixes[-2:]):
        return {}
    try:
        from kedro_wandb.tracker.tables import file_facts  # noqa: PLC0415 - pyarrow is optional
    except ImportError:
        return {}
    return file_facts(file)


def flat_numbers(file: Path) -> dict[str, float]:
    """Return the numbers of a JSON file that is one flat object of numbers.

    Texts and nulls may stand beside them, such as the name of what was measured.

    Returns:
        Number by name; nothing if the file holds anything else, or is too large for metrics.
    """
    try:
        if file.stat().st_size > LARGEST_METRICS:
            return {}
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
