"""Runs that share a row of a table, such as the steps of an experiment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kedro_wandb.reading.columns import Column, distinct, key_of
from kedro_wandb.reading.runs import RunRecord


@dataclass(frozen=True)
class Row:
    """Runs with the same value in a column.

    Attributes:
        value: That value; ``None`` where they have none.
        records: The runs, those that started last first.
    """

    value: Any
    records: tuple[RunRecord, ...]

    @property
    def started(self) -> float:
        """When the newest of them began, in seconds since the epoch."""
        return max(each.started for each in self.records)

    @property
    def duration(self) -> float | None:
        """Seconds in which any of them ran, once where they overlap; ``None``: none has ended."""
        spans = sorted(
            (each.started, each.started + each.duration)
            for each in self.records
            if each.duration is not None
        )
        if not spans:
            return None
        total, reached = 0.0, spans[0][0]
        for start, end in spans:
            total += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return total

    def values(self, column: Column) -> list[Any]:
        """Return what its runs have in a column, each value once, the newest first."""
        if column == Column("fact", "started"):
            return [self.started]
        if column == Column("fact", "duration"):
            return [] if self.duration is None else [self.duration]
        return distinct(value for each in self.records for value in column.of(each))


def fold(records: Iterable[RunRecord], column: Column) -> list[Row]:
    """Return a row for each value of a column, in the order in which they come first."""
    values: dict[str, Any] = {}
    members: dict[str, list[RunRecord]] = {}
    for record in records:
        found = column.of(record)
        key = key_of(found)
        values.setdefault(key, found[0] if found else None)
        members.setdefault(key, []).append(record)
    return [Row(values[key], tuple(members[key])) for key in members]


def in_order(rows: Sequence[Row], column: Column, *, descending: bool = False) -> list[Row]:
    """Return rows by what they have in a column; those that have nothing come last.

    Where a row has several values, the smallest counts, or descending the largest.
    """
    having = [(row, [_rank(value) for value in row.values(column)]) for row in rows]
    best = max if descending else min
    told = [(best(ranks), row) for row, ranks in having if ranks]
    told.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in told] + [row for row, ranks in having if not ranks]


def _rank(value: Any) -> tuple[bool, float, str]:
    """Return what values of any type are compared by: numbers first, in their order."""
    if isinstance(value, int | float):
        return False, float(value), ""
    return True, 0.0, value if isinstance(value, str) else key_of(value)
