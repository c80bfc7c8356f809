"""Facts about a file's content that cost little: rows, columns, types, metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro_wandb.stores.base import Progress

LARGEST_METRICS = 1_000_000
"""Bytes of the largest JSON file that is read for metrics."""

_NAMED = 3

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


MOST_METRICS = 200
"""Numbers of one file that go to a run's summary; a file with more is data, not metrics."""


@dataclass(frozen=True)
class Metrics:
    """The numbers of a JSON file, by name; those of objects inside it with dots.

    Attributes:
        numbers: Finite, by name.
        left_out: Names of what is no number, nor a text or null that describes some, nor empty.
        told: What else is to be said of the file.
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    told: str = ""

    @property
    def remark(self) -> str:
        """What is not shown, in words; empty if everything is.

        >>> Metrics({"mae": 30.5}, ("drops",)).remark
        'not in the summary: drops'
        """
        if not self.left_out:
            return self.told
        more = len(self.left_out) - _NAMED
        names = ", ".join(self.left_out[:_NAMED])
        return f"not in the summary: {names}" + (f" and {more} more" if more > 0 else "")


def metrics_of(file: Path) -> Metrics:
    """Return the numbers of a JSON file that holds metrics.

    A file without any number, or that is no object or too large for metrics, has none, and
    nothing is left out of it.
    """
    try:
        if file.stat().st_size > LARGEST_METRICS:
            return Metrics()
        content = json.loads(file.read_text(encoding="utf-8"))
        leaves = dict(_leaves(content, "")) if isinstance(content, dict) else {}
    except (OSError, ValueError, RecursionError):
        return Metrics()
    numbers = {name: float(value) for name, value in leaves.items() if _is_number(value)}
    if len(numbers) > MOST_METRICS:
        return Metrics({}, (f"all of its {len(numbers)} numbers",))
    others = (name for name, value in leaves.items() if name not in numbers
              and not (value is None or value == [] or isinstance(value, str)))  # fmt: skip
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
